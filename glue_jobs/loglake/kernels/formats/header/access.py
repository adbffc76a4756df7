"""Layouts of access logs. The meaning of each field is from the software's documentation."""

from __future__ import annotations

_REQUEST = '"{method:method} {uri:uri} {protocol:http}"'
_STATUS = "{status:status}"
_MORGAN = "{response_time_ms:measure} ms"

_IIS = "{cs_method:method} {cs_uri_stem:uri} {cs_uri_query:uri} {s_port:count} {cs_username:uri} {c_ip:address}"
_IIS_STATUS = "{sc_status:status} {sc_substatus:count} {sc_win32_status:count}"
_IIS_AGENT = "{cs_user_agent:uri} {cs_referer:uri}"
_IIS_BYTES = "{sc_bytes:count} {cs_bytes:count}"

_ENVOY = f"[{{timestamp:iso}}] {_REQUEST} {{response_code:status}} {{response_flags:filled}}"
_ENVOY_SIZES = "{bytes_received:count} {bytes_sent:count} {duration:count} {upstream_service_time:count}"
_ENVOY_CLIENT = (
    '"{x_forwarded_for:quoted}" "{user_agent:quoted}" "{request_id:quoted}" "{authority:quoted}" '
    '"{upstream_host:quoted}"'
)
_ISTIO = (
    "{upstream_cluster:uri} {upstream_local_address:uri} {downstream_local_address:uri} "
    "{downstream_remote_address:uri} {requested_server_name:uri} {route_name:uri}"
)

_HAPROXY = "{client_ip:ip}:{client_port:number} [{accept_date:haproxy}] {frontend_name:uri}"
_HAPROXY_CONNECTIONS = (
    "{termination_state:filled} {actconn:number}/{feconn:number}/{beconn:number}/{srv_conn:number}/{retries:retries} "
    "{srv_queue:number}/{backend_queue:number}"
)
_HAPROXY_HTTP = (
    f"{_HAPROXY} {{backend_name:slashless}}/{{server_name:slashless}} "
    "{time_request:count}/{time_queue:count}/{time_connect:count}/{time_response:count}/{time_active:plus} "
    "{status_code:count} {bytes_read:plus} {captured_request_cookie:uri} {captured_response_cookie:uri} "
    f"{_HAPROXY_CONNECTIONS}"
)
_REQUEST_HEADERS = "{{captured_request_headers:curly}} "
_RESPONSE_HEADERS = "{{captured_response_headers:curly}} "

HAPROXY = (
    # https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/#8.2
    *(
        f"{_HAPROXY_HTTP} {headers}{request}"
        for headers in ("", _REQUEST_HEADERS, _REQUEST_HEADERS + _RESPONSE_HEADERS)
        for request in (_REQUEST, '"{http_request:quoted}"')
    ),
    f"{_HAPROXY} {{backend_name:slashless}}/{{server_name:slashless}} "
    f"{{time_queue:count}}/{{time_connect:count}}/{{time_active:plus}} {{bytes_read:plus}} {_HAPROXY_CONNECTIONS}",
    "{client_ip:ip}:{client_port:number} [{accept_date:haproxy}] {frontend_name:slashless}/{bind_name:slashless}: ",
    "Connect from {client_ip:ip}:{client_port:number} to {server_ip:ip}:{server_port:number} "
    "({frontend_name:slashless}/{mode:word})",
)

ACCESS = (
    *HAPROXY,
    *(f"haproxy[{{pid:number}}]: {layout}" for layout in HAPROXY),
    # https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string
    f"{_ENVOY} {_ENVOY_SIZES} {_ENVOY_CLIENT}",
    # https://istio.io/latest/docs/tasks/observability/logs/access-log/
    f"{_ENVOY} {{response_code_details:uri}} {{connection_termination_details:uri}} "
    f'"{{upstream_transport_failure_reason:quoted}}" {_ENVOY_SIZES} {_ENVOY_CLIENT} {_ISTIO}',
    f'{_ENVOY} "{{dynamic_metadata:quoted}}" "{{upstream_transport_failure_reason:quoted}}" {_ENVOY_SIZES} '
    f"{_ENVOY_CLIENT} {_ISTIO}",
    f'{_ENVOY} "{{dynamic_metadata:quoted}}" {_ENVOY_SIZES} {_ENVOY_CLIENT} {_ISTIO.removesuffix(" {route_name:uri}")}',
    # https://www.uvicorn.org/settings/#logging, Django's and Werkzeug's development servers
    f"{{level:capitals}}: {{client:address}} - {_REQUEST} {{status:number}} {{reason:reason}}",
    f"{{level:capitals}}: {{client:address}} - {_REQUEST} {{status:number}}",
    f"{{client:address}} - {_REQUEST} {{status:number}}",
    f"[{{timestamp:common}}] {_REQUEST} {_STATUS} {{bytes_sent:count}}",
    # https://github.com/gin-gonic/gin/blob/master/logger.go (defaultLogFormatter)
    '[GIN] {timestamp:gin} | {status:status} | {duration:filled} | {client_ip:ip} | {method:method} "{uri:quoted}"',
    f"{{remote_host:ip}} - - [{{timestamp:common}}] {_REQUEST} {_STATUS} {{bytes_sent:count}}",
    # https://docs.gofiber.io/api/middleware/logger
    "{timestamp:clock} | {status:status} | {duration:uptime} | {client_ip:ip} | {method:method} | {uri:uri}",
    # https://learn.microsoft.com/iis/configuration/system.applicationhost/sites/sitedefaults/logfile/
    f"{{timestamp:iso}} {{s_ip:address}} {_IIS} {_IIS_AGENT} {_IIS_STATUS} {{time_taken:count}}",
    f"{{timestamp:iso}} {{s_ip:address}} {_IIS} {_IIS_AGENT} {_IIS_STATUS} {_IIS_BYTES} {{time_taken:count}}",
    f"{{timestamp:iso}} {{s_ip:address}} {_IIS} {{cs_user_agent:uri}} {_IIS_STATUS} {{time_taken:count}}",
    f"{{timestamp:iso}} {{s_sitename:uri}} {{s_ip:address}} {_IIS} {{cs_user_agent:uri}} {_IIS_STATUS}",
    f"{{timestamp:iso}} {{s_sitename:uri}} {{s_computername:uri}} {{s_ip:address}} {_IIS} {{cs_version:http}} "
    f"{{cs_user_agent:uri}} {{cs_cookie:uri}} {{cs_referer:uri}} {{cs_host:uri}} {_IIS_STATUS} {_IIS_BYTES} "
    "{time_taken:count}",
    # https://learn.microsoft.com/troubleshoot/developer/webapps/aspnet/site-behavior-performance/error-logging-http-apis
    "{timestamp:iso} {c_ip:ip} {c_port:number} {s_ip:ip} {s_port:number} {cs_version:http} {cs_method:method} "
    "{cs_uri:uri} {sc_status:status} {s_siteid:count} {s_reason:filled} {s_queuename:filled}",
    # https://wiki.squid-cache.org/Features/LogFormat
    "{timestamp:squid} {duration_ms:count} {client:uri} {result:word}/{status:status} {bytes_sent:count} "
    "{method:method} {uri:uri} {user:uri} {hierarchy:word}/{peer:uri} {mime_type:uri}",
    "{timestamp:squid} {duration_ms:count} {client:uri} {result:word}/000 {bytes_sent:count} "
    "{method:method} {uri:uri} {user:uri} {hierarchy:word}/{peer:uri} {mime_type:uri}",
    # https://expressjs.com/en/resources/middleware/morgan.html
    f"{{method:method}} {{uri:uri}} {_STATUS} {_MORGAN} - {{bytes_sent:count}}",
    f"{{method:method}} {{uri:uri}} {_STATUS} {{bytes_sent:count}} - {_MORGAN}",
    f"{{remote_host:uri}} {{remote_user:uri}} {{method:method}} {{uri:uri}} {{protocol:http}} {_STATUS} "
    f"{{bytes_sent:count}} - {_MORGAN}",
    f"{{method:method}} {{uri:uri}} {_STATUS} in {{duration:uptime}}",
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-serverlogs.html
    '{timestamp:squid}"{uri:quoted}"{status:status}"{request_time:measure}"{upstream_response_time:measure}"'
    "{x_forwarded_for:quoted}…{end}",
    # https://www.php.net/manual/en/install.fpm.configuration.php#access-format
    '{client:address} - {timestamp:common} "{method:method} {uri:uri}" {status:status}',
    '{client:address} - {user:uri} {timestamp:common} "{method:method} {uri:uri}" {status:status}',
    # https://docs.influxdata.com/influxdb/v1/administration/logs/
    f"[httpd] {{client:uri}} - {{user:uri}} [{{timestamp:common}}] {_REQUEST} {_STATUS} {{bytes_sent:count}} "
    '"{referer:quoted}" "{user_agent:quoted}" {request_id:id} {duration_us:number}',
    # https://httpd.apache.org/docs/current/mod/mod_ssl.html#logformats
    f"[{{timestamp:common}}] {{client:address}} {{ssl_protocol:filled}} {{ssl_cipher:filled}} {_REQUEST} "
    "{bytes_sent:count}",
)
