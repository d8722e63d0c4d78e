/** What is said with every host: a question that needs a tool, one more after a resume, one in a fork, one that fails. */
export const GAUGE = {
  say: "Which gauge do we read for the tide at Skarvik?",
  answers: [
    [
      { thinking: "The list will tell." },
      { text: "I will look at the list of gauges first." },
      { run: "echo gauge seven" },
    ],
    [{ text: "Gauge seven, at the north pier.\nIt reads in millimetres." }],
  ],
};
export const OFFICE = {
  say: "And who calibrates it?",
  answers: [[{ text: "The harbour office, every second March." }]],
};
export const FORK = {
  say: "Suppose gauge seven fails: what then?",
  answers: [[{ text: "Then gauge nine takes over." }]],
};
/** Every try of it fails. */
export const STORM = {
  say: "Read the gauge in the storm, please.",
  answers: Array.from({ length: 20 }, () => [{ error: "no reading in a storm" }]),
};
/** Of two that stand in one request the later of this list is answered. */
export const STEPS = [STORM, GAUGE, OFFICE, FORK];

const user = (text) => ["user", text];
const assistant = (text) => ["assistant", text];

export const GAUGE_TURNS = [
  user(GAUGE.say),
  assistant("I will look at the list of gauges first."),
  assistant("Gauge seven, at the north pier.\nIt reads in millimetres."),
];
export const OFFICE_TURNS = [user(OFFICE.say), assistant("The harbour office, every second March.")];
export const FORK_TURNS = [user(FORK.say), assistant("Then gauge nine takes over.")];
export const STORM_TURNS = [user(STORM.say)];
