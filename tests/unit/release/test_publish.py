"""`make release`: a version is made once, from a commit, with something to say, and put on offer."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from release.build import build
from release.changelog import ChangelogError
from release.dependencies import Target
from release.offer import Offer, OfferError, Shelf
from release.publish import Published, Wish, publish
from release.verify import problems
from release.version import VersionError

pytestmark = pytest.mark.usefixtures("offline")

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n" + "".join(
    f"## [{version}] - 2026-12-01\n### Added\n- Something.\n\n" for version in ("2.0.0", "1.1.0", "1.0.0", "0.9.0")
)


class World:
    """A checkout in git, with its releases."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: list[str] = []
        self.shelf = Shelf(root / "releases", root / "service-catalog-setup" / "releases.auto.tfvars.json")
        self.plain = root / "build" / "release"
        (root / ".gitignore").write_text("build/\nreleases/\n*.auto.tfvars.json\n")
        (root / "CHANGELOG.md").write_text(CHANGELOG)
        self._git("init", "--quiet")
        self.commit()

    def release(self, version: str, **wish: object) -> Published:
        return publish(
            self.root,
            self.shelf,
            Target.aws("x86_64"),
            Wish(version, **wish),  # type: ignore[arg-type]
            plain=self.plain,
            say=self.said.append,
        )

    def package(self) -> None:
        build(self.root, self.plain, Target.aws("x86_64"), self.root / "cache")

    def change(self, text: str) -> None:
        (self.root / "seed-code/example/repo/README.md").write_text(text)

    def commit(self) -> str:
        self._git("add", "--all")
        self._git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "work")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @property
    def record(self) -> dict[str, object]:
        return dict(json.loads(self.shelf.record.read_text()))


@pytest.fixture
def world(checkout: Callable[[str], Path]) -> World:
    return World(checkout("one"))


def test_the_first_release(world: World) -> None:
    world.change("new")
    commit = world.commit()

    done = world.release("1.0.0")

    assert (done.fresh, done.adopted, done.offer) == (True, None, Offer("1.0.0"))
    described = json.loads((world.root / "releases/1.0.0/release.json").read_text())
    assert (described["version"], described["source"]) == ("1.0.0", {"commit": commit, "clean": True})
    assert problems(world.root / "releases/1.0.0") == []
    assert world.record == {
        "release_dir": "../releases/1.0.0",
        "retained_release_dirs": [],
        "deprecated_releases": [],
    }
    assert [path.name for path in world.shelf.folder.iterdir()] == ["1.0.0"]


def test_an_older_one_stays_is_deprecated_and_is_dropped(world: World) -> None:
    world.release("0.9.0")
    world.release("1.0.0")
    done = world.release("1.1.0", deprecate=("1.0.0",), drop=("0.9.0",))

    assert done.offer == Offer("1.1.0", ("1.0.0",), frozenset({"1.0.0"}))
    assert world.record["retained_release_dirs"] == ["../releases/1.0.0"]
    assert world.record["deprecated_releases"] == ["1.0.0"]
    assert problems(world.root / "releases/0.9.0") == []  # dropping it from the offer removes no file


def test_once_more_with_the_same_content_changes_nothing(world: World) -> None:
    world.release("1.0.0")
    before = (world.root / "releases/1.0.0/release.json").read_bytes()
    (world.root / "NOTES.md").write_text("in no archive")
    world.commit()

    done = world.release("1.0.0")

    assert not done.fresh
    assert (world.root / "releases/1.0.0/release.json").read_bytes() == before


def test_other_content_under_the_same_version_is_refused(world: World) -> None:
    world.release("1.0.0")
    world.change("other")
    world.commit()

    with pytest.raises(OfferError, match=r"1\.0\.0 was released with other content \(seed-example would differ\)"):
        world.release("1.0.0")
    assert problems(world.root / "releases/1.0.0") == []
    assert [path.name for path in world.shelf.folder.iterdir()] == ["1.0.0"]


def test_versions_only_go_up(world: World) -> None:
    world.release("1.1.0")
    with pytest.raises(OfferError, match=r"1\.0\.0 is not newer than 1\.1\.0"):
        world.release("1.0.0")
    with pytest.raises(VersionError):
        world.release("1.2")


def test_a_version_that_only_the_record_knows_counts_too(world: World) -> None:
    world.release("1.1.0")
    shutil.rmtree(world.root / "releases")
    with pytest.raises(OfferError, match=r"not newer than 1\.1\.0"):
        world.release("1.0.0")


def test_the_changelog_has_to_say_something(world: World) -> None:
    with pytest.raises(ChangelogError, match=r"## \[3\.0\.0\] - YYYY-MM-DD"):
        world.release("3.0.0")
    (world.root / "CHANGELOG.md").write_text("## [3.0.0] - 2027-01-01\n### Added\n\n## [2.0.0]\n- x\n")
    world.commit()
    with pytest.raises(ChangelogError, match=r"\[3\.0\.0\] of CHANGELOG\.md is empty"):
        world.release("3.0.0")


def test_a_checkout_with_changes_is_refused_unless_allowed(world: World) -> None:
    world.change("not committed")
    (world.root / "new file").write_text("x")
    with pytest.raises(OfferError, match=r"in no commit: seed-code/example/repo/README\.md, new file\."):
        world.release("1.0.0")

    world.release("1.0.0", unclean=True)

    described = json.loads((world.root / "releases/1.0.0/release.json").read_text())
    assert described["source"]["clean"] is False


def test_a_folder_that_is_no_checkout(world: World) -> None:
    shutil.rmtree(world.root / ".git")
    with pytest.raises(OfferError, match="no git checkout"):
        world.release("1.0.0")
    world.release("1.0.0", unclean=True)
    described = json.loads((world.root / "releases/1.0.0/release.json").read_text())
    assert described["source"] == {"commit": None, "clean": False}


def test_what_plain_deployments_offered_stays_on_offer(world: World) -> None:
    world.package()  # pyproject.toml says 2.3.4
    (world.plain / "left-over.zip").write_text("of an earlier build")
    (world.root / "CHANGELOG.md").write_text("## [2.4.0] - 2027-01-01\n- Something.\n")
    world.commit()

    done = world.release("2.4.0")

    assert (done.adopted, done.offer) == ("2.3.4", Offer("2.4.0", ("2.3.4",)))
    assert problems(world.root / "releases/2.3.4") == []
    assert not (world.root / "releases/2.3.4/left-over.zip").exists()
    world.package()
    assert world.release("2.4.0").adopted is None  # only as long as nothing was recorded


def test_what_could_not_be_copied_whole_is_no_release(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.package()
    (world.root / "CHANGELOG.md").write_text("## [2.4.0] - 2027-01-01\n- Something.\n")
    world.commit()
    copyfile = shutil.copyfile

    def full(source: Path, target: Path) -> Path:
        if Path(target).name == "release.json":
            raise OSError("No space left on device")
        return copyfile(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space left"):
            world.release("2.4.0")
    assert [path.name for path in world.shelf.folder.iterdir()] == ["2.4.0"]
    assert world.shelf.offer() is None

    assert world.release("2.4.0").adopted == "2.3.4"  # once more, with room
    assert problems(world.root / "releases/2.3.4") == []


def test_mistakes_are_found_before_anything_is_built(world: World) -> None:
    world.release("1.0.0")
    for wish, words in (
        ({"deprecate": ("0.8.0",)}, r"0\.8\.0 is not on offer; on offer are 1\.0\.0, 1\.1\.0"),
        ({"deprecate": ("1.1.0",)}, r"1\.1\.0 is what new projects get"),
        ({"drop": ("1.1.0",)}, "cannot be released and dropped at once"),
    ):
        with pytest.raises(OfferError, match=words):
            world.release("1.1.0", **wish)
    assert [path.name for path in world.shelf.folder.iterdir()] == ["1.0.0"]
    assert world.record["release_dir"] == "../releases/1.0.0"


def test_a_damaged_release_is_not_taken_for_whole(world: World) -> None:
    world.release("1.0.0")
    (world.root / "releases/1.0.0/runner.tar.gz").write_text("cut")
    assert "runner.tar.gz has the SHA-256" in world.shelf.missing(Offer("1.0.0"))[0]
    assert world.shelf.missing(Offer("7.0.0")) == [f"7.0.0: {world.root}/releases/7.0.0 is not on this machine"]


def test_the_local_clouds_record_has_whole_paths(world: World, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "state/releases", tmp_path / "state/releases.tfvars.json")
    publish(world.root, shelf, Target.here(), Wish("1.0.0"), plain=world.plain, say=world.said.append)

    assert json.loads(shelf.record.read_text())["release_dir"] == str(tmp_path / "state/releases/1.0.0")
    assert shelf.offer() == Offer("1.0.0")


def test_a_damaged_record_is_said(world: World) -> None:
    world.shelf.record.write_text('{"release_dir": "../releases/1.0.0"}')
    with pytest.raises(OfferError, match="is damaged"):
        world.release("1.0.0")
