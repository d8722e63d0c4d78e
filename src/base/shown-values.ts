/** Counts, dates and ages as people and models read them. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const STEPS = [
  ["min", 60],
  ["h", 3_600],
  ["d", 86_400],
  ["w", 7 * 86_400],
  ["mo", 30.44 * 86_400],
  ["y", 365.25 * 86_400],
] as const;
const DAY_MS = 86_400_000;

/** `1204` as `1,204`. By hand: the first use of `Intl` costs more than the rest of a short command. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 memory`, `1,204 memories`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `12 Oct 2026`, by the local calendar. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** `12 Oct 2026 14:05`, by the local clock. */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  const clock = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  return `${formatDate(iso)} ${clock}`;
}

/** `just now`, `5 min ago`, `3 d ago`, `in 2 h`. @param now - milliseconds since the epoch */
export function formatAge(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1_000;
  const span = formatSpan(Math.abs(seconds));
  if (span === undefined) return "just now";
  return seconds >= 0 ? `${span} ago` : `in ${span}`;
}

/** `2026-05-01 9d ago`: in few characters, and the same for a whole day. @param now - milliseconds since the epoch */
export function dayAndAge(iso: string, now: number): string {
  return `${iso.slice(0, 10)} ${shortAge(iso, now)}`;
}

/** `9d ago`, in the largest unit that is not zero. @param now - milliseconds since the epoch */
export function shortAge(iso: string, now: number): string {
  const days = Math.floor((now - Date.parse(iso)) / DAY_MS);
  if (days < 0) return "ahead";
  if (days === 0) return "today";
  if (days < 14) return `${days}d ago`;
  if (days < 61) return `${Math.floor(days / 7)}w ago`;
  return days < 730 ? `${Math.floor(days / 30.44)}mo ago` : `${Math.floor(days / 365.25)}y ago`;
}

/** Rounded, in the largest unit that counts at least one; `undefined` under half a minute. */
function formatSpan(seconds: number): string | undefined {
  if (seconds < 30) return undefined;
  const place = Math.max(
    0,
    STEPS.findLastIndex(([, size]) => seconds >= size),
  );
  const [unit, size] = STEPS[place] ?? STEPS[0];
  const count = Math.max(1, Math.round(seconds / size));
  const [larger, largerSize] = STEPS[place + 1] ?? [unit, Infinity];
  return count * size >= largerSize ? `1 ${larger}` : `${count} ${unit}`;
}

/** A word as every POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
