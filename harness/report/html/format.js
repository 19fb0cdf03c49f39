/* Numbers as the text report prints them: three digits, binary units. */
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/* toFixed rounds what lies in the middle up, printf to the even digit: half a KiB is common. value >= 0 */
function fixed(value, decimals) {
  const ten = 10 ** decimals, steps = Math.floor(value * ten);
  return value * ten - steps === 0.5 && steps % 2 === 0 ? (steps / ten).toFixed(decimals) : value.toFixed(decimals);
}

function scaled(value, unit) {
  return fixed(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2) + " " + unit;
}

function grouped(value) {
  const tenths = Math.floor(Math.abs(value) * 10 + 0.5);
  const whole = Math.floor(tenths / 10).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = tenths % 10;
  return (value < 0 && tenths > 0 ? "-" : "") + whole + (fraction ? "." + fraction : "");
}

function bytes(value) {
  let size = Math.abs(value), unit = 0;
  const sign = value < 0 ? "-" : "";
  if (size < 1023.5) return sign + fixed(size, 0) + " B";
  while (unit < BYTE_UNITS.length - 1 && size >= 1023.5) {
    size /= 1024;
    unit++;
  }
  return sign + scaled(size, BYTE_UNITS[unit]);
}

function nanoseconds(value) {
  const units = [["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]];
  const [unit, ns] = units.find(([, size]) => Math.abs(value) >= size * 0.9995) || units[3];
  return (value < 0 ? "-" : "") + scaled(Math.abs(value) / ns, unit);
}

function inUnit(kind, value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (kind === "bytes") return bytes(value);
  return kind === "ns" ? nanoseconds(value) : grouped(value);
}

const signed = (kind, value) => (value > 0 ? "+" : "") + inUnit(kind, value);

function percent(ratio) {
  let value = (ratio - 1) * 100;
  if (Math.abs(value) < 0.05) value = 0;
  return (value < 0 ? "-" : "+") + fixed(Math.abs(value), Math.abs(value) < 99.95 ? 1 : 0) + "%";
}

function paramText(value, isBytes) {
  if (!isBytes) return String(value);
  if (value > 0 && value % 1048576 === 0) return value / 1048576 + "MB";
  return value > 0 && value % 1024 === 0 ? value / 1024 + "KB" : value + "B";
}

/* Distance of ticks of bytes: 1, 2, 5, 10 … of the unit that the highest value is written in, or a half, a quarter …. */
function byteStep(range, highest, wanted) {
  let unit = 1;
  while (unit * 1024 <= highest) unit *= 1024;
  for (let part = unit > 1 ? 1 / 64 : 1; part < 1; part *= 2) if (unit * part * wanted >= range) return unit * part;
  for (let ten = 1; ; ten *= 10) for (const step of [1, 2, 5]) if (unit * ten * step * wanted >= range) return unit * ten * step;
}
