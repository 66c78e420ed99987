"""Turning a seed into the files of one project's repository.

Only files that the manifest declares templates are rendered; every other file is kept byte for byte. Names of
files and folders may hold placeholders wherever they are.
"""

import posixpath
from collections.abc import Callable, Mapping

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from seed_repository.errors import SeedInvalid, TemplateInvalid
from seed_repository.manifest import Value
from seed_repository.seed import Mode, Seed, SeedFile

MARKERS = ("@{", "@%", "@#")
"""What begins a variable, a block and a comment. They collide with nothing that GitHub Actions, Jinja2, Helm,
shells or Terraform use, so a seed may hold such files without escaping."""


def render(seed: Seed, given: Mapping[str, str]) -> tuple[SeedFile, ...]:
    """Render a seed with the given placeholder values.

    Raises:
        TemplateInvalid: if a template uses an undefined name or is malformed; with file and line.
        SeedInvalid: if a value is missing, or two files end up under one path, or a path is not allowed in git.

    """
    renderer = _Renderer(seed.manifest.values(given), seed.manifest.template_matcher())
    rendered = [renderer.file(file) for file in seed.files]
    _check_paths(rendered)
    return tuple(sorted(rendered, key=lambda file: file.path))


def faults(seed: Seed, given: Mapping[str, str]) -> list[SeedInvalid]:
    """Everything that keeps a seed from being rendered, at most one for each path and each content."""
    try:
        renderer = _Renderer(seed.manifest.values(given), seed.manifest.template_matcher())
    except SeedInvalid as error:
        return [error]
    found: dict[str, SeedInvalid] = {}
    rendered = []
    for file in seed.files:
        try:
            rendered.append(renderer.file(file))
        except SeedInvalid as error:
            found.setdefault(str(error), error)  # many files may lie in one folder whose name is wrong
    if not found:
        try:
            _check_paths(rendered)
        except SeedInvalid as error:
            return [error]
    return list(found.values())


class _Renderer:
    """One Jinja2 environment: sandboxed, strict about names, without Jinja2's own globals."""

    def __init__(self, values: Mapping[str, Value], is_template: Callable[[str], bool]) -> None:
        self._values = values
        self._is_template = is_template
        self._unix = self._environment("\n")
        self._dos = self._unix.overlay(newline_sequence="\r\n")
        self._segments: dict[str, str] = {}

    @staticmethod
    def _environment(newline: str) -> ImmutableSandboxedEnvironment:
        # Source code and configuration are rendered, not HTML: escaping would damage them.
        environment = ImmutableSandboxedEnvironment(
            variable_start_string="@{",
            variable_end_string="}@",
            block_start_string="@%",
            block_end_string="%@",
            comment_start_string="@#",
            comment_end_string="#@",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            newline_sequence=newline,
            undefined=StrictUndefined,
            autoescape=False,
            cache_size=0,
        )
        environment.globals.clear()
        return environment

    def file(self, file: SeedFile) -> SeedFile:
        """Render a file, as far as it is to be rendered."""
        path = self.path(file.path)
        if file.mode is Mode.SYMLINK:
            _check_link(path, file.content)
        elif self._is_template(file.path):
            return SeedFile(path, file.mode, self.content(file))
        return SeedFile(path, file.mode, file.content)

    def content(self, file: SeedFile) -> bytes:
        """Render a file's content, keeping its line endings."""
        try:
            source = file.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TemplateInvalid(
                file.path, None, f"it is not UTF-8 text ({error.reason} at byte {error.start})"
            ) from None
        if not _has_markers(source):
            return file.content
        environment = self._dos if "\r\n" in source else self._unix
        return self._render(environment, file.path, source).encode("utf-8")

    def path(self, path: str) -> str:
        """Render a path, segment by segment, so that no value can add a folder."""
        return "/".join(self._segment(segment, path) for segment in path.split("/"))

    def _segment(self, source: str, path: str) -> str:
        if source not in self._segments:
            name = self._name(source, path) if _has_markers(source) else source
            _check_segment(name, path)
            self._segments[source] = name
        return self._segments[source]

    def _name(self, source: str, path: str) -> str:
        try:
            return self._render(self._unix, path, source)
        except TemplateInvalid as error:
            # Shown up to the name that is wrong: a path has no lines.
            until = path[: f"/{path}/".index(f"/{source}/") + len(source)]
            raise TemplateInvalid(until, None, error.reason, in_path=True) from None

    def _render(self, environment: ImmutableSandboxedEnvironment, path: str, source: str) -> str:
        try:
            code = environment.compile(source, name=path, filename=path)
            return Template.from_code(environment, code, {}).render(self._values)
        except TemplateSyntaxError as error:
            raise TemplateInvalid(path, error.lineno, error.message or "it is malformed") from None
        except UndefinedError as error:
            advice = "Correct the name, or declare it as a placeholder in seed.toml."
            raise TemplateInvalid(path, _line(error, path), f"{error}. {advice}") from None
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            # What an expression can raise in the sandbox. Jinja2 rewrites the traceback to the template's lines.
            raise TemplateInvalid(path, _line(error, path), str(error) or type(error).__name__) from None


def _has_markers(text: str) -> bool:
    return any(marker in text for marker in MARKERS)


def _line(error: Exception, path: str) -> int | None:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _check_segment(segment: str, path: str) -> None:
    # Names that git refuses, or that reach elsewhere on some file system (git fsck: hasDot, hasDotdot, hasDotgit).
    reserved = segment.rstrip(". ").casefold() in {".git", "git~1", ""}
    if reserved or any(character in segment for character in "/\\\0"):
        raise SeedInvalid(f"The seed's path {path!r} has or makes the name {segment!r}, which git does not allow.")


def _check_link(path: str, target: bytes) -> None:
    try:
        text = target.decode("utf-8")
    except UnicodeDecodeError:
        raise SeedInvalid(f"The seed's symbolic link {path} has a target that is not UTF-8.") from None
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    if not text or "\0" in text or posixpath.isabs(text) or resolved == ".." or resolved.startswith("../"):
        raise SeedInvalid(f"The seed's symbolic link {path} points to {text!r}, outside the repository.")


def _check_paths(files: list[SeedFile]) -> None:
    paths: set[str] = set()
    folders: set[str] = set()
    for file in files:
        if file.path in paths:
            raise SeedInvalid(f"Two of the seed's files end up as {file.path!r}: rename one of them.")
        paths.add(file.path)
        folder = posixpath.dirname(file.path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    for path in sorted(paths & folders):
        raise SeedInvalid(f"The seed's {path!r} would be a file and a folder at once.")
