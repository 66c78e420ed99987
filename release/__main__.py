"""Command line: ``python -m release`` with ``build``, ``make``, ``offer``, ``fetch``, ``verify``, ``seed-…``."""

import argparse
import sys
from pathlib import Path
from time import monotonic

from release import release_commands
from release.build import build
from release.dependencies import BuildError, Target
from release.forms import FormError, product_folders, template_of
from release.verify import problems

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the result is the process's exit status."""
    options = _parser().parse_args(arguments)
    if options.command.startswith("seed-"):
        # The seed function's own code checks and renders, so that what passes here is what a project gets.
        sys.path.insert(0, str(ROOT / "lambdas"))
        from release import seed_commands  # noqa: PLC0415 - needs the path above

        if options.command == "seed-check":
            return seed_commands.check(options.seed, ROOT / "build" / "seeds")
        return seed_commands.preview(options.seed, options.out, options.set)
    if options.command == "forms":
        return _forms(options.out)
    if options.command == "verify":
        return _verify(options.directory)
    if options.command in release_commands.COMMANDS:
        return release_commands.run(ROOT, options)
    target = Target.here() if options.local else Target.aws(options.architecture)
    started = monotonic()
    try:
        release = build(ROOT, options.out, target, ROOT / "build" / "cache")
    except (BuildError, FileNotFoundError) as error:
        print(f"The release cannot be built: {error}", file=sys.stderr)
        return 1
    print(f"Release {release['version']} for {target.runtime} on {target.architecture} in {options.out}:")
    for described in release["objects"].values():
        size = (options.out / described["file"]).stat().st_size
        print(f"  {described['file']:<32} {size:>10,} bytes  sha256 {described['sha256'][:12]}…")
    if not all(function["compiled"] for function in release["lambdas"].values()):
        print(f"Functions are not compiled, so they start slowly: no {target.runtime} is on this machine.")
    print(f"Built in {monotonic() - started:.1f} s.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m release", description="Build and verify releases.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("build", help="build the archives and release.json")
    making.add_argument("--out", type=Path, default=ROOT / "build" / "release", help="folder for the result")
    making.add_argument("--local", action="store_true", help="build Lambda archives for this interpreter")
    making.add_argument(
        "--architecture", choices=["x86_64", "arm64"], default="x86_64", help="of the AWS functions"
    )
    release_commands.add_parsers(ROOT, commands)
    checking = commands.add_parser("verify", help="compare a release folder with its release.json")
    checking.add_argument("directory", type=Path)
    forming = commands.add_parser("forms", help="compose the products' templates, to look at or to lint them")
    forming.add_argument("--out", type=Path, default=ROOT / "build" / "forms", help="folder for the result")
    seeding = commands.add_parser("seed-check", help="check a seed: a folder, a zip, or s3://bucket/key")
    seeding.add_argument("seed")
    showing = commands.add_parser("seed-preview", help="render a seed with its sample values")
    showing.add_argument("seed")
    showing.add_argument("out", type=Path, help="folder to make")
    showing.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="instead of the sample")
    return parser


def _forms(out: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    try:
        for folder in product_folders(ROOT / "service-catalog-setup" / "products"):
            (out / f"{folder.name}.template.yaml").write_bytes(template_of(folder))
    except FormError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _verify(directory: Path) -> int:
    found = problems(directory)
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"{directory}: {'whole' if not found else f'{len(found)} problems'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
