"""What belongs to nobody: the projects that there are, compared with everything that carries a project's id."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from projects import inventory as inventories
from projects.inventory import Inventory, Resource
from projects.platform import Platform, workers
from projects.records import Records, Run

STATE = "terraform.tfstate"
_BUSY = ("Pending", "CreateInProgress", "CreateFailed", "DeleteInProgress")
_MODELS = ("sagemaker model-package-group", "sagemaker model-package")
_CHAPTER = 'docs/operations.md, "What belongs to nobody"'
_NOBODY = "no SageMaker project has this id"


@dataclass(frozen=True)
class Orphan:
    """Something that belongs to nobody, or lacks what it belongs to.

    Attributes:
        kind: what it is.
        name: an ARN, a key or a name.
        project: the id that it carries.
        reason: why it belongs to nobody.
        advice: what to do.

    """

    kind: str
    name: str
    project: str
    reason: str
    advice: str


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        orphans: what belongs to nobody.
        kept: what a deleted project has left because somebody chose so.

    """

    orphans: list[Orphan]
    kept: list[Resource]


def find(platform: Platform) -> Findings:
    """Look for what belongs to nobody. Changes nothing."""
    return judge(platform, inventories.take(platform))


def judge(platform: Platform, inventory: Inventory) -> Findings:
    """Compare what there is with the projects that exist."""
    records = Records(platform)
    found = [
        *_provisioned(inventory),
        *_stacks(inventory),
        *_lost(platform, inventory),
        *_stored(platform, records, inventory),
        *_items(platform, inventory),
    ]
    loose = [resource for resource in inventory.resources if _is_loose(resource, inventory)]
    deletions = _deletions(records, {resource.project for resource in loose})
    kept = _kept(deletions, loose)
    found += [
        Orphan(
            resource.kind,
            resource.name,
            resource.project,
            _NOBODY + _unfinished(deletions[resource.project]),
            _advice(resource, inventory),
        )
        for resource in loose
        if resource not in kept
    ]
    return Findings(sorted(found, key=lambda one: (one.project, one.kind, one.name)), kept)


def _provisioned(inventory: Inventory) -> Iterator[Orphan]:
    stacks = {stack.arn: stack.project for stack in inventory.stacks}
    for one in inventory.provisioned.values():
        project = stacks.get(one.stack or "") or inventories.project_of(one.name)
        if (
            project is None
            or project in inventory.live
            or (one.stack not in stacks and project not in inventory.known)
        ):
            continue
        yield Orphan(
            "provisioned product",
            one.id,
            project,
            f"{_NOBODY}; its status is {one.status}",
            f"aws servicecatalog terminate-provisioned-product --provisioned-product-id {one.id}",
        )


def _stacks(inventory: Inventory) -> Iterator[Orphan]:
    owned = {one.stack for one in inventory.provisioned.values()}
    for stack in inventory.stacks:
        if stack.arn not in owned:
            yield Orphan(
                "stack",
                stack.arn,
                stack.project,
                f"no provisioned product has this stack; its status is {stack.status}",
                f"aws cloudformation delete-stack --stack-name {stack.arn} (with the launch role: --role-arn)",
            )


def _lost(platform: Platform, inventory: Inventory) -> Iterator[Orphan]:
    """Projects that lack what they consist of."""
    stacks = {stack.arn: stack.project for stack in inventory.stacks}
    having = {
        stacks.get(one.stack or "") or inventories.project_of(one.name) for one in inventory.provisioned.values()
    }
    for project, status in inventory.live.items():
        stored = inventory.stored.get(project, set())
        if status in _BUSY or not stored:
            continue  # not made by this platform, or on its way
        if project not in having:
            yield Orphan(
                "project",
                inventory.names[project],
                project,
                "its provisioned product is gone, so nothing deletes its resources any more",
                f"destroy what its state holds: {_CHAPTER}; then aws sagemaker delete-project",
            )
        if "applied" in stored and STATE not in stored:
            yield Orphan(
                "project",
                inventory.names[project],
                project,
                f"its state s3://{platform.state_bucket}/projects/{project}/{STATE} is gone",
                'restore its last version: docs/operations.md, "A damaged state"',
            )


def _stored(platform: Platform, records: Records, inventory: Inventory) -> Iterator[Orphan]:
    left = {project: names for project, names in inventory.stored.items() if project not in inventory.live}
    with workers() as pool:
        counts = dict(zip(left, pool.map(lambda project: _count(records, project), left), strict=True))
    for project, names in left.items():
        for name in sorted(names):
            key = f"s3://{platform.state_bucket}/projects/{project}/{name}"
            count = counts[project] if name == STATE else 0
            if isinstance(count, str):
                advice = 'restore its last version: docs/operations.md, "A damaged state"'
                yield Orphan("state", key, project, f"{_NOBODY}, and {count}", advice)
            elif count:
                advice = f"destroy what it holds: {_CHAPTER}"
                yield Orphan("state", key, project, f"{_NOBODY}, and {count} resources are in it", advice)
            else:
                kind = "empty state" if name == STATE else "record"
                yield Orphan(kind, key, project, _NOBODY, f"aws s3 rm {key}")


def _count(records: Records, project: str) -> int | str:
    try:
        return records.resources(project) or 0
    except ValueError as error:
        return f"it cannot be read ({error})"


def _items(platform: Platform, inventory: Inventory) -> Iterator[Orphan]:
    kinds = {"run": "lease", "owner": "owner", STATE: "lock", f"{STATE}-md5": "checksum"}
    for item in inventory.items:
        if item.project in inventory.live:
            continue
        holder = item.holder
        said = f"; {holder.who} has it since {holder.since}" if holder else ""
        advice = (
            f"aws dynamodb delete-item --table-name {platform.lock_table} "
            f'--key \'{{"LockID": {{"S": "{item.key}"}}}}\''
        )
        if holder:
            advice = f"when {holder.who} has ended: {advice}"
        yield Orphan(kinds.get(item.kind, item.kind), item.key, item.project, _NOBODY + said, advice)


def _is_loose(resource: Resource, inventory: Inventory) -> bool:
    if resource.project in inventory.live:
        return False
    return resource.certain or resource.project in inventory.known


def _kept(deletions: Mapping[str, list[Run]], loose: list[Resource]) -> list[Resource]:
    """What somebody chose to keep: the run records of the deletion say so."""
    return [
        resource
        for resource in loose
        if resource.kind in ("s3 bucket", *_MODELS)
        and any(
            line.startswith("artifact bucket" if resource.kind == "s3 bucket" else "model package group")
            for run in deletions[resource.project]
            for line in run.kept
        )
    ]


def _unfinished(deletions: list[Run]) -> str:
    """What the deletion said of work that it could not know."""
    left = dict.fromkeys(line for run in deletions for line in run.left)
    return f"; its deletion did not know all that was made by {', '.join(left)}" if left else ""


def _deletions(records: Records, projects: Iterable[str]) -> dict[str, list[Run]]:
    """Run records of deletions. One that was repeated names what it kept in its first run only."""
    wanted = sorted(projects)
    with workers() as pool:
        return dict(zip(wanted, pool.map(lambda project: _destroyed(records, project), wanted), strict=True))


def _destroyed(records: Records, project: str) -> list[Run]:
    keys = [key for key in records.runs(project, since=None) if key.endswith("-destroy.json")]
    return [run for key in keys if (run := records.run(key))]


def _advice(resource: Resource, inventory: Inventory) -> str:
    if STATE in inventory.stored.get(resource.project, set()):
        return "goes with its state, which is listed too"
    return f"delete it by hand: {_CHAPTER}"
