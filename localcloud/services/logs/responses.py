"""FilterLogEvents with ``logStreamNamePrefix``, which moto 5.2.5 does not look at."""

from moto.logs.models import LogGroup, logs_backends

from localcloud.responses import ActionResult, LocalResponse, ServiceError, operations


@operations("logs")
class LogsResponse(LocalResponse):
    """The added operation."""

    def filter_log_events(self) -> ActionResult:
        """FilterLogEvents; events of several streams come in the order of time, as on AWS since 2019."""
        group = self._group()
        names = self.params.get("logStreamNames") or []
        prefix = self.params.get("logStreamNamePrefix")
        if names and prefix:
            raise ServiceError(
                "InvalidParameterException", "logStreamNames and logStreamNamePrefix exclude each other."
            )
        if prefix:
            names = [name for name in list(group.streams) if name.startswith(prefix)]
            if not names:
                return ActionResult({"events": [], "searchedLogStreams": []})
        events, token, searched = group.filter_log_events(
            group.name,
            names,
            self.params.get("startTime"),
            self.params.get("endTime"),
            self.params.get("limit"),
            self.params.get("nextToken"),
            self.params.get("filterPattern"),
            interleaved=True,
        )
        return ActionResult({"events": events, "nextToken": token, "searchedLogStreams": searched})

    def _group(self) -> LogGroup:
        backend = logs_backends[self.current_account][self.region]
        identifier = self.params.get("logGroupName") or self.params.get("logGroupIdentifier") or ""
        name = identifier.split(":log-group:", 1)[-1].removesuffix(":*")
        if name not in backend.groups:
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        return backend.groups[name]
