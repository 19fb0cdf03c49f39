//! wasmi's C interface, and what that leaves out: why a module is refused.

use std::ffi::c_char;
pub use wasmi_c_api;

/// Puts the reason into `text`, of `text_bytes` at least 1; "" for a module that is not refused.
///
/// # Safety
/// Both are the caller's, and as large as said.
#[no_mangle]
pub unsafe extern "C" fn wasm_wasmi_why(bytes: *const u8, size: usize, text: *mut c_char, text_bytes: usize) {
    let bytes = std::slice::from_raw_parts(bytes, size);
    let why = match wasmi::Module::new(&wasmi::Engine::default(), bytes) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let length = why.len().min(text_bytes - 1);
    std::ptr::copy_nonoverlapping(why.as_ptr(), text.cast(), length);
    *text.add(length) = 0;
}
