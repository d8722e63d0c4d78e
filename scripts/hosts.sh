#!/usr/bin/env bash
# Registers the MCP server in Claude Code, in a throw-away home without credentials, and shows that it connects.
# Installs Claude Code into .peers/ (about 380 MB, once). Exits 1 unless it says "Connected". Then the whole story is told with every
# host that can be installed here (scripts/host-stories.mjs), which says what it skipped and why.
set -euo pipefail
cd "$(dirname "$0")/.."

version=2.1.332
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-arm64) platform=darwin-arm64 ;;
  Darwin-x86_64) platform=darwin-x64 ;;
  *) echo "hosts: Claude Code is not published for this platform" >&2; exit 1 ;;
esac

[ -f dist/bundle/mcp.js ] || node scripts/build.mjs
echo "installing Claude Code $version into .peers/ (once)"
claude=$(node --input-type=module -e '
  const { installPeer } = await import("./scripts/peers.mjs");
  const [version, platform] = process.argv.slice(1);
  process.stdout.write(installPeer("@anthropic-ai/claude-code", version, `../claude-code-${platform}/claude`));' \
  "$version" "$platform")

home=$(mktemp -d /tmp/ksh-XXXXXX)
trap 'rm -rf "$home"' EXIT
server="$PWD/bin/keepsake-mcp.js"
node=$(command -v node)
# Nothing of this session's environment: no credentials, no other home.
claude() {
  (cd "$home" && env -i PATH="$PATH" HOME="$home" LANG=C.UTF-8 DISABLE_AUTOUPDATER=1 DISABLE_TELEMETRY=1 \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 timeout 60 "$claude" "$@" </dev/null)
}

claude mcp add -s user keepsake -e "KEEPSAKE_HOME=$home/k" -- "$node" "$server"
listing=$(claude mcp list)
echo "$listing"
if ! grep -q '^keepsake: .*Connected' <<<"$listing"; then
  echo "hosts: Claude Code $version does not connect to keepsake"
  exit 1
fi
if [ -e "$home/k" ]; then
  echo "hosts: connecting alone left something in keepsake's home"
  exit 1
fi
echo "hosts: Claude Code $version is connected to keepsake"

node scripts/host-stories.mjs "$@"
