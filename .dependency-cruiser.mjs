import { LAYERS, OWNED_MODULES } from "./scripts/layers.mjs";

const folders = Object.entries(LAYERS).flatMap(([folder, { imports, alone = {} }]) => {
  const others = Object.keys(alone).map((name) => `^src/${folder}/${name}$`);
  return [
    layer(folder, imports, { path: `^src/${folder}/`, ...(others.length > 0 && { pathNot: others }) }),
    ...Object.entries(alone).map(([name, more]) =>
      layer(`${folder}/${name}`, [folder, ...imports, ...more], { path: `^src/${folder}/${name}$` }),
    ),
  ];
});

function layer(name, imports, from) {
  return {
    name: `layer-${name}`,
    severity: "error",
    comment: `src/${name} may import only: ${imports.join(", ") || "nothing of ours"}`,
    from,
    to: { path: "^src/", pathNot: `^src/(${[name, ...imports].join("|")})/` },
  };
}

const rooms = Object.entries(LAYERS).flatMap(([folder, { rooms: holds = {} }]) => {
  const names = Object.keys(holds);
  return names.slice(0, -1).map((name, place) => ({
    name: `room-${folder}-${name}`,
    severity: "error",
    comment: `src/${folder}/${name} may not import what stands above it: ${names.slice(place + 1).join(", ")}`,
    from: { path: pathOfRooms(folder, [name]) },
    to: { path: pathOfRooms(folder, names.slice(place + 1)) },
  }));
});

function pathOfRooms(folder, names) {
  const ends = names.map((name) => (name.endsWith(".ts") ? `${name}$` : `${name}/`));
  return `^src/${folder}/(${ends.join("|")})`;
}

const owned = OWNED_MODULES.map(({ packages, builtins, only }) => ({
  name: `only-${only.join("-") || "nobody"}`,
  severity: "error",
  comment: `only ${only.join(", ") || "nobody"} may import ${(packages ?? builtins).join(", ")}`,
  from: { path: "^src/", ...(only.length > 0 && { pathNot: `^src/(${only.join("|")})/` }) },
  to: packages
    ? { path: `(^|node_modules/)(${packages.join("|")})(/|$)`, pathNot: "^src/" }
    : { path: `^(node:)?(${builtins.join("|")})$` },
}));

export default {
  forbidden: [
    { name: "no-circular", severity: "error", from: { path: "^src/" }, to: { circular: true } },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "keytar" },
    },
    {
      name: "product-without-tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|scripts)/" },
    },
    {
      name: "no-dev-dependency",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    ...folders,
    ...rooms,
    ...owned,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
