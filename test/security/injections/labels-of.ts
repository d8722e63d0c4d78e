/** An injection as far as each kind of label takes it. */
export interface Labels {
  readonly project: string;
  readonly session: string;
  readonly speaker: string;
  readonly tag: string;
}

export function labelsOf(text: string): Labels {
  const cut = (bytes: number, from = text) => {
    let label = from.slice(0, bytes);
    while (Buffer.byteLength(label.toWellFormed()) > bytes) label = label.slice(0, -1);
    return label.toWellFormed() || "x";
  };
  return {
    project: cut(1_000, text.replaceAll(/[\0\r\n]/gu, "")).replace(/^\*$/, "x"),
    session: cut(250),
    speaker: cut(100),
    tag: cut(60, text.replaceAll(/[\s,]/gu, "")),
  };
}
