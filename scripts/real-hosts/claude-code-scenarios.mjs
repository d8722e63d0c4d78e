/**
 * What is played with Claude Code. `steps` is what the person says and what the model answers to it; `play` says it; `files`
 * lists for each transcript, in the order they were last written, what was said in it: `[role, text]`, or `[role, text, inside]`
 * where the host wraps the person's words in a sentence of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";

const user = (text, inside) => ["user", text, inside];
const assistant = (text) => ["assistant", text];
const bash = (command) => ({ tool: "Bash", input: { command, description: "look" } });
const ask = (question, header, options) => ({
  tool: "AskUserQuestion",
  input: {
    questions: [
      {
        question,
        header,
        multiSelect: false,
        options: options.map((label) => ({ label, description: `${label}, from the shed` })),
      },
    ],
  },
});

const GAUGE = {
  say: "Which gauge do we read for the tide at Skarvik?",
  answers: [
    [
      { thinking: "The list will tell." },
      { text: "I will look at the list of gauges first." },
      bash("echo gauge seven"),
    ],
    [{ text: "Gauge seven, at the north pier.\nIt reads in millimetres." }],
  ],
};
const GAUGE_TURNS = [
  user(GAUGE.say),
  assistant("I will look at the list of gauges first."),
  assistant("Gauge seven, at the north pier.\nIt reads in millimetres."),
];
const HARBOUR = {
  say: "And who calibrates it?",
  answers: [[{ text: "The harbour office, every second March." }]],
};
const HARBOUR_TURNS = [user(HARBOUR.say), assistant("The harbour office, every second March.")];
const FORK = {
  say: "Suppose gauge seven fails: what then?",
  answers: [[{ text: "Then gauge nine takes over." }]],
};

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function say(terminal, text, answer) {
  await terminal.type(text);
  await terminal.press("Enter");
  if (answer !== undefined) await terminal.waitFor(answer);
}

export const SCENARIOS = [
  {
    name: "tool-and-resume",
    steps: [GAUGE, HARBOUR],
    play: async ({ print, sessions }) => {
      await print([GAUGE.say]);
      await print(["--resume", sessions()[0], HARBOUR.say]);
    },
    files: [[...GAUGE_TURNS, ...HARBOUR_TURNS]],
  },
  {
    name: "fork",
    steps: [GAUGE, HARBOUR, FORK],
    play: async ({ print, sessions }) => {
      await print([GAUGE.say]);
      const [first] = sessions();
      await print(["--resume", first, "--fork-session", FORK.say]);
      await print(["--resume", first, HARBOUR.say]);
    },
    files: [
      [...GAUGE_TURNS, user(FORK.say), assistant("Then gauge nine takes over.")],
      [...GAUGE_TURNS, ...HARBOUR_TURNS],
    ],
  },
  {
    name: "error",
    steps: [
      { say: "Ring the bell, please.", answers: [{ error: "no bell here" }, { error: "no bell here" }] },
    ],
    play: ({ print }) => print(["Ring the bell, please."]),
    // The host asks a third time.
    files: [[user("Ring the bell, please."), assistant("Nothing to add.")]],
  },
  {
    name: "image",
    steps: [{ say: "What is on this drawing?", answers: [[{ text: "A single grey dot." }]] }],
    play: ({ print }) => {
      const content = [
        { type: "text", text: "What is on this drawing?" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
      ];
      const message = JSON.stringify({ type: "user", message: { role: "user", content } });
      return print(
        ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
        `${message}\n`,
      );
    },
    files: [[user("What is on this drawing?"), assistant("A single grey dot.")]],
  },
  {
    name: "sub-agent",
    steps: [
      {
        say: "Have somebody count the buoys.",
        answers: [
          [
            { text: "I will send a helper." },
            {
              tool: "Agent",
              input: {
                description: "count buoys",
                prompt: "Count every buoy between the piers.",
                subagent_type: "general-purpose",
              },
            },
          ],
          [{ text: "The helper is on the way." }],
          [{ text: "There are twelve buoys." }],
        ],
      },
      { say: "Count every buoy between the piers.", answers: [[{ text: "Twelve, all of them lit." }]] },
    ],
    play: ({ terminal }) =>
      terminal(["--permission-mode", "acceptEdits"], async (screen) => {
        await say(screen, "Have somebody count the buoys.", /There are twelve buoys/);
      }),
    files: [
      [
        user("Have somebody count the buoys."),
        assistant("I will send a helper."),
        assistant("The helper is on the way."),
        assistant("There are twelve buoys."),
      ],
    ],
  },
  {
    name: "mid-turn-and-escape",
    steps: [
      {
        say: "What does the fog horn need?",
        answers: [[{ text: "Let me look at the fog horn." }, bash("sleep 4")], [{ text: "Compressed air." }]],
      },
      {
        say: "Also say how loud it is.",
        answers: [[{ text: "Compressed air, and it makes 120 decibels." }]],
      },
      {
        say: "Write the whole storm plan.",
        answers: [
          [{ text: "The storm plan begins with the shutters." }, { pause: 20_000 }, { text: "Never said." }],
        ],
      },
      { say: "Shorter, please.", answers: [[{ text: "Shutters, lamp, log." }]] },
    ],
    play: ({ terminal }) =>
      terminal([], async (screen) => {
        await say(screen, "What does the fog horn need?", /Let me look at the fog horn/);
        await say(screen, "Also say how loud it is.", /120 decibels/);
        await sleep(1_000);
        await say(screen, "Write the whole storm plan.", /begins with the shutters/);
        await sleep(1_000);
        await screen.press("Escape");
        await screen.waitFor(/Interrupted/);
        await say(screen, "Shorter, please.", /Shutters, lamp, log/);
      }),
    files: [
      [
        user("What does the fog horn need?"),
        assistant("Let me look at the fog horn."),
        user("Also say how loud it is."),
        assistant("Compressed air, and it makes 120 decibels."),
        user("Write the whole storm plan."),
        assistant("The storm plan begins with the shutters."),
        user("Shorter, please."),
        assistant("Shutters, lamp, log."),
      ],
    ],
  },
  {
    name: "dialogs",
    steps: [
      {
        say: "Delete the old log.",
        answers: [[{ text: "I will delete it." }, bash("rm old.log")], [{ text: "The paper log stays." }]],
      },
      {
        say: "Then list the shed.",
        answers: [[{ text: "Listing." }, bash("rm -f shed.txt")], [{ text: "The shed is empty." }]],
      },
      {
        say: "Which wood for the jetty?",
        answers: [
          [ask("Which wood do you have?", "Wood", ["Oak", "Larch"])],
          [{ text: "Then larch it is." }],
        ],
      },
      {
        say: "Ask again, please.",
        answers: [
          [ask("How many planks are there?", "Planks", ["Ten", "Twenty"])],
          [{ text: "Noted, seventeen." }],
        ],
      },
    ],
    play: ({ terminal }) =>
      terminal(["--permission-mode", "default"], async (screen) => {
        await say(screen, "Delete the old log.", /Do you want to proceed/);
        await screen.press("Down", "Down", "Down", "Tab");
        await say(screen, "keep the paper log instead", /The paper log stays/);
        await sleep(1_000);
        await say(screen, "Then list the shed.", /Do you want to proceed/);
        await screen.press("Tab");
        await say(screen, "but leave the ladder where it is", /The shed is empty/);
        await sleep(1_000);
        await say(screen, "Which wood for the jetty?", /Which wood do you have/);
        await screen.press("Down", "Enter");
        await screen.waitFor(/Then larch it is/);
        await sleep(1_000);
        await say(screen, "Ask again, please.", /How many planks/);
        await screen.press("Down", "Down");
        await say(screen, "seventeen, and two are bent", /Noted, seventeen/);
      }),
    files: [
      [
        user("Delete the old log."),
        assistant("I will delete it."),
        user("keep the paper log instead", true),
        assistant("The paper log stays."),
        user("Then list the shed."),
        assistant("Listing."),
        user("but leave the ladder where it is", true),
        assistant("The shed is empty."),
        user("Which wood for the jetty?"),
        user("Larch", true),
        assistant("Then larch it is."),
        user("Ask again, please."),
        user("seventeen, and two are bent", true),
        assistant("Noted, seventeen."),
      ],
    ],
  },
  {
    name: "compact-and-clear",
    steps: [
      { say: "Note that the ebb is late today.", answers: [[{ text: "The ebb is late: noted." }]] },
      { say: "<bash-stdout>", answers: [[{ text: "The command has run." }]] },
      { say: "What comes after the pause?", answers: [[{ text: "The second watch." }]] },
      { say: "A fresh talk now.", answers: [[{ text: "Fresh it is." }]] },
    ],
    play: ({ terminal }) =>
      terminal([], async (screen) => {
        await say(screen, "Note that the ebb is late today.", /The ebb is late: noted/);
        await screen.type("!");
        await say(screen, "echo ebb", /The command has run/);
        await sleep(1_000);
        await say(screen, "/compact", /Compacted/);
        await sleep(1_000);
        await say(screen, "What comes after the pause?", /The second watch/);
        await sleep(1_000);
        await say(screen, "/clear");
        await sleep(2_000);
        await say(screen, "A fresh talk now.", /Fresh it is/);
      }),
    files: [
      [
        user("Note that the ebb is late today."),
        assistant("The ebb is late: noted."),
        assistant("The command has run."),
        user("What comes after the pause?"),
        assistant("The second watch."),
      ],
      [user("A fresh talk now."), assistant("Fresh it is.")],
    ],
  },
];
