#!/usr/bin/env bash
# Chromium and axe-core for the browser proof. Exit status 75: this machine cannot have them, and why is printed.
set -euo pipefail
cd "$(dirname "$0")/../.."
AXE=axe-core@4.14.1

cannot() {
  echo "[browser] NOT RUN: $1"
  exit 75
}

install() {  # command, Debian package
  command -v "$1" >/dev/null 2>&1 && return 0
  [ "$(id -u)" = 0 ] || cannot "$1 is missing and only root can install it. Run: sudo apt-get install $2"
  command -v apt-get >/dev/null 2>&1 || cannot "$1 is missing and there is no apt-get; install $2 by hand."
  echo "[browser] installing $2"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null 2>&1 \
    || cannot "apt-get could not install $2."
}

same() { sha256sum --check --status tests/browser/axe.sha256 2>/dev/null; }

install chromium chromium
if ! same; then
  install npm npm
  echo "[browser] $AXE into var/browser"
  mkdir -p var/browser
  npm install --prefix var/browser --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --silent "$AXE" \
    || cannot "npm could not fetch $AXE."
  same || { echo "[browser] axe.min.js is not the file that tests/browser/axe.sha256 names. Remove var/browser and try again."; exit 1; }
fi
