/**
 * A small writer of SVG plots: lines over two logarithmic axes. Colours follow the reader's colour scheme, and the plot
 * brings its own background, so that it can be read wherever it is shown.
 */

export interface Series {
  readonly name: string;
  /** `[x, y]`, both above zero, in the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thinner and dashed, in the colour of the series before it. */
  readonly isCompanion?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly xTitle: string;
  readonly series: readonly Series[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
}

const WIDTH = 760;
const HEIGHT = 380;
const LEFT = 70;
const RIGHT = 250;
const TOP = 44;
const BOTTOM = 52;
const LEGEND_LINE = 19;
const COLOURS = [
  ["#0969da", "#58a6ff"],
  ["#bc4c00", "#ffa657"],
  ["#1a7f37", "#3fb950"],
  ["#8250df", "#d2a8ff"],
  ["#6e7781", "#8b949e"],
  ["#9a6700", "#e3b341"],
] as const;

/** @throws Error when there is no point to draw */
export function renderPlot({ title, xTitle, series, formatX, formatY }: Plot): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new Error("a plot without points");
  const x = logScale(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = logScale(
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  );
  const colours = colourOf(series);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style(0)}@media (prefers-color-scheme: dark){${style(1)}}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text class="ink" x="${LEFT}" y="24" font-size="14" font-weight="600">${escaped(title)}</text>`,
    ...x.ticks.flatMap((value) => [
      `<line class="grid" x1="${at(x.place(value))}" x2="${at(x.place(value))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`,
      `<text class="ink" text-anchor="middle" x="${at(x.place(value))}" y="${HEIGHT - BOTTOM + 18}">${escaped(formatX(value))}</text>`,
    ]),
    ...y.ticks.flatMap((value) => [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y.place(value))}" y2="${at(y.place(value))}"/>`,
      `<text class="ink" text-anchor="end" x="${LEFT - 8}" y="${at(y.place(value) + 4)}">${escaped(formatY(value))}</text>`,
    ]),
    `<text class="ink" text-anchor="middle" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}">${escaped(xTitle)}</text>`,
    ...series.flatMap((one, index) => [
      ...curve(
        one,
        `c${colours[index]}`,
        one.points.map(([px, py]) => [x.place(px), y.place(py)]),
      ),
      ...legendEntry(one, `c${colours[index]}`, index),
    ]),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

/** A logarithmic axis over whole decades; its ticks are the powers of ten. */
export function logScale(values: readonly number[], from: number, to: number) {
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step)),
    place: (value: number) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

function curve(
  { isCompanion = false }: Series,
  colour: string,
  places: readonly (readonly number[])[],
): readonly string[] {
  const path = places.map(([x = 0, y = 0]) => `${at(x)},${at(y)}`).join(" ");
  const dots = places.map(
    ([x = 0, y = 0]) =>
      `<circle class="${colour} dot" cx="${at(x)}" cy="${at(y)}" r="${isCompanion ? 2 : 3.5}"/>`,
  );
  return [`<polyline class="${colour}" ${strokeOf(isCompanion)} points="${path}"/>`, ...dots];
}

function legendEntry(
  { name, isCompanion = false }: Series,
  colour: string,
  index: number,
): readonly string[] {
  const x = WIDTH - RIGHT + 18;
  const y = TOP + 8 + index * LEGEND_LINE;
  return [
    `<polyline class="${colour}" ${strokeOf(isCompanion)} points="${x},${y} ${x + 22},${y}"/>`,
    `<text class="ink" x="${x + 30}" y="${y + 4}">${escaped(name)}</text>`,
  ];
}

/** A companion has the colour of what it accompanies. */
function colourOf(series: readonly Series[]): readonly number[] {
  let colour = -1;
  return series.map(({ isCompanion = false }) => (isCompanion ? colour : ++colour) % COLOURS.length);
}

function strokeOf(isCompanion: boolean): string {
  return isCompanion ? 'stroke-width="1.3" stroke-dasharray="5 4"' : 'stroke-width="2.2"';
}

function style(scheme: 0 | 1): string {
  const [ink, paper, grid] = [
    ["#1f2328", "#ffffff", "#d8dee4"],
    ["#e6edf3", "#0d1117", "#30363d"],
  ][scheme] as [string, string, string];
  const lines = COLOURS.map(
    (colour, index) => `.c${index}{stroke:${colour[scheme]};fill:none}.c${index}.dot{fill:${colour[scheme]}}`,
  );
  return `.paper{fill:${paper}}.ink{fill:${ink}}.grid{stroke:${grid}}${lines.join("")}`;
}

function at(place: number): string {
  return place.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
