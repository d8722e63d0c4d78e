declare const passed: unique symbol;

/** Says that a change of what is recalled went through the gate, which alone gives it (`recall-gate.ts`). */
export interface RecallPass {
  readonly [passed]: true;
}
