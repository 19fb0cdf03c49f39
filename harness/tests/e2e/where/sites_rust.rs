//! Call sites in Rust, for a case in C (sites_rust_bench.c).
pub struct Row {
    _bytes: [u8; 100],
}

#[inline(never)]
pub fn make_rows<T: Default>(count: usize) -> Vec<T> {
    let mut rows = Vec::with_capacity(count); // SITE rows
    rows.resize_with(count, T::default);
    rows
}

#[no_mangle]
pub extern "C" fn rust_make(kept: &mut [*mut u8; 3]) {
    kept[0] = Box::into_raw(Box::new(Row { _bytes: [1; 100] })) as *mut u8; // SITE boxed
    kept[1] = Box::into_raw(make_rows::<u64>(50).into_boxed_slice()) as *mut u8;
    kept[2] = Box::into_raw(String::from("twenty-six bytes in a text").into_boxed_str()) as *mut u8; // SITE text
}
