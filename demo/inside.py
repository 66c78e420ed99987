"""Who was in the foundation's network, and whom the portfolio lets in: looked up in the account, not said."""

from typing import Any

from demo.errors import DemoError
from demo.scene import PREFIX, Scene


def where(scene: Scene, network: dict[str, Any]) -> list[str]:
    """Who was in the network: the runner's instance, builds, the seed function, jobs, what serves models.

    Raises:
        DemoError: one of them was not.

    """
    subnets = set(network["subnet_ids"])
    told = []
    for name, all_used in _subnets(scene).items():
        for used in all_used or [[]]:
            if not used or not set(used) <= subnets:
                raise DemoError(
                    f"{name} was not in the network {network['vpc_id']}: it had {used or 'no subnet'}."
                )
        told.append(name)
    return told


def _subnets(scene: Scene) -> dict[str, list[list[str]]]:
    """The subnets of each of a kind, by what it is called."""
    sagemaker, codebuild = scene.engineer("sagemaker"), scene.engineer("codebuild")
    instances = [
        instance
        for reservation in scene.engineer("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    ]
    names = [name for name in codebuild.list_projects()["projects"] if name.startswith(scene.prefix)]
    builds = codebuild.batch_get_projects(names=names)["projects"]
    seed = f"{scene.prefix}-seed"
    function = scene.engineer("lambda").get_function_configuration(FunctionName=seed)
    training = [
        sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
        for job in sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    ]
    processing = [
        sagemaker.describe_processing_job(ProcessingJobName=job["ProcessingJobName"]).get("NetworkConfig", {})
        for job in sagemaker.list_processing_jobs(MaxResults=100)["ProcessingJobSummaries"]
    ]
    models = [
        sagemaker.describe_model(ModelName=model["ModelName"])
        for model in sagemaker.list_models(MaxResults=100)["Models"]
    ]
    return {
        "the runner": [[one["SubnetId"]] if "SubnetId" in one else [] for one in instances],
        **{build["name"]: [build.get("vpcConfig", {}).get("subnets", [])] for build in builds},
        seed: [function.get("VpcConfig", {}).get("SubnetIds", [])],
        f"training ({len(training)} jobs)": _configured(training),
        f"processing ({len(processing)} jobs)": _configured(processing),
        f"serving ({len(models)} models)": _configured(models),
    }


def _configured(described: list[dict[str, Any]]) -> list[list[str]]:
    return [one.get("VpcConfig", {}).get("Subnets", []) for one in described]


def check_principals(scene: Scene, roles: list[str]) -> None:
    """Look whether the portfolio lets in the roles of the foundation's Studio users.

    Raises:
        DemoError: it does not.

    """
    catalog = scene.engineer("servicecatalog")
    portfolios = catalog.list_portfolios()["PortfolioDetails"]
    let_in = {
        principal["PrincipalARN"]
        for portfolio in portfolios
        if portfolio["DisplayName"] == PREFIX
        for principal in catalog.list_principals_for_portfolio(PortfolioId=portfolio["Id"])["Principals"]
    }
    if not roles or not set(roles) <= let_in:
        raise DemoError(f"The portfolio does not let in {', '.join(roles) or 'any role of Studio users'}.")
