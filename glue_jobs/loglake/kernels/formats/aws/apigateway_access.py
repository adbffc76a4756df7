"""Access logs of API Gateway as CSV and XML, in the formats that its console offers."""

from __future__ import annotations

from loglake.kernels.arrow import pc, without
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign

_TIME = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
_END = (
    r"(?P<status>\d{3}|-),(?P<response_length>\d+|-),(?P<request_id>[\w=-]+)"
    r"(?:,(?P<extended_request_id>[\w+/=-]+))?\s*$"
)


def _element(name: str, group: str, shape: str = "[^<]*") -> str:
    return rf"\s*<{name}>(?P<{group}>{shape})</{name}>"


_HEAD = rf'^<request id="(?P<request_id>[\w=-]+)">{_element("ip", "ip")}'
_TAIL = (
    rf"{_element('responseLength', 'response_length')}"
    rf"(?:{_element('extendedRequestId', 'extended_request_id')})?\s*</request>\s*$"
)


class ApiGatewayAccessFormat(LayoutsFormat):
    """Records such as ``192.0.2.1,-,-,21/Nov/2026:08:30:00 +0000,GET,/orders,HTTP/1.1,200,17,8f5e2f64-…,K1…=``.

    The formats of REST APIs have caller, user and resource path; those of HTTP APIs have a route key.
    """

    layouts = Layouts(
        shapes=(
            rf"^(?P<ip>[0-9A-Fa-f.:]+),(?P<caller>[^,\n]*),(?P<user>[^,\n]*),(?P<request_time>{_TIME}),"
            rf"(?P<http_method>[A-Z]+),(?P<resource_path>[^,\n]*),(?P<protocol>HTTP/[\d.]+),{_END}",
            rf"^(?P<ip>[0-9A-Fa-f.:]+),(?P<request_time>{_TIME}),(?P<http_method>[A-Z]+),(?P<route_key>[^,\n]*),"
            rf"(?P<protocol>HTTP/[\d.]+),{_END}",
            rf"{_HEAD}{_element('caller', 'caller')}{_element('user', 'user')}"
            rf"{_element('requestTime', 'request_time', _TIME)}"
            rf"{_element('httpMethod', 'http_method')}{_element('resourcePath', 'resource_path')}"
            rf"{_element('status', 'status')}{_element('protocol', 'protocol')}{_TAIL}",
            rf"{_HEAD}{_element('requestTime', 'request_time', _TIME)}{_element('httpMethod', 'http_method')}"
            rf"{_element('routeKey', 'route_key')}{_element('status', 'status')}"
            rf"{_element('protocol', 'protocol')}{_TAIL}",
        ),
        fields={
            "ip": TEXT,
            "caller": TEXT,
            "user": TEXT,
            "request_time": TEXT,
            "http_method": TEXT,
            "resource_path": TEXT,
            "route_key": TEXT,
            "protocol": TEXT,
            "status": WHOLE,
            "response_length": WHOLE,
            "request_id": TEXT,
            "extended_request_id": TEXT,
        },
    )
    signs = (Sign("[0-9A-Fa-f.:][0-9A-Fa-f.:,]", "HTTP/"), Sign("<request id="))
    id = "apigateway_access"
    about = About(
        title="Access logs of API Gateway as CSV and XML",
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        detection="All fields of the console's formats in their order. CLF is access_log, JSON is json.",
        level="None.",
        example=(
            "192.0.2.1,-,-,21/Nov/2026:08:30:00 +0000,GET,/orders,HTTP/1.1,200,17,8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11"
        ),
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """A dash is null; the message is method and path, or the route."""
        found = {name: without(texts, "-") for name, texts in groups.items()}
        if "route_key" in found:
            return {**found, "message": found["route_key"]}
        return {**found, "message": pc.binary_join_element_wise(found["http_method"], found["resource_path"], " ")}
