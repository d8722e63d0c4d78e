/** Times as people read them: local dates and short ages. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const STEPS = [
  ["min", 60],
  ["h", 3_600],
  ["d", 86_400],
  ["w", 7 * 86_400],
  ["mo", 30.44 * 86_400],
  ["y", 365.25 * 86_400],
] as const;

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
