"""Layouts of servers and their tools. The meaning of each field is from their documentation."""

from __future__ import annotations

_ISO = "{timestamp:iso}"
_LEVEL = "{level:capitals}"
_SOURCE = "{source_file:file}:{source_line:number}"
_ANY = "{level:any_case}"
_SNORT = (
    "{timestamp:snort} [**] [{generator_id:number}:{signature_id:number}:{revision:number}] {signature:short_text} [**]"
)
_FLOW = "{{protocol:word}} {source:address} -> {destination:address}"
_FLOWS = (_FLOW, "{{protocol:word}} {source:uri} -> {destination:uri}")
_TORCHSERVE = f"{_ISO} [{_LEVEL}] {{thread:filled}}"
_UWSGI = (
    "[pid: {pid:number}|app: {app:count}|req: {app_requests:number}/{requests:number}] {client:uri} ({user:round}) "
    "{{variables:number} vars in {request_bytes:number} bytes} [{timestamp:ctime}] {method:method} {uri:uri} => "
    "generated {response_bytes:number} bytes in"
)
_SSSD = "[{domain:uri}] [{function:function}] ({debug_level:hex}): "

NETWORK = (
    # https://docs.gluster.org/en/latest/Administrator-Guide/Logging/
    *(
        f"[{_ISO}] {{level:letter}} {message_id}[{_SOURCE}:{{function:function}}] {{domain:host}}: "
        for message_id in ("", "[MSGID: {message_id:number}] ")
    ),
    # https://wiki.squid-cache.org/SquidFaq/SquidLogs#cachelog
    f"{_ISO} {{process:kid}}| ",
    # https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/
    f"[{_ANY}] {{timestamp:year_day}} ({{pid:number}}) : ",
    f"[{_ANY}] ({{pid:number}}) : ",
    # https://coredns.io/plugins/log/
    *(
        f'{time}[{_LEVEL}] {{client:address}} - {{query_id:number}} "{{query_type:filled}} {{query_class:filled}} '
        '{query_name:uri} {network:word} {request_size:number} {dnssec_ok:word} {buffer_size:number}" '
        "{response_code:word} {flags:filled} {response_size:number} {duration:uptime}"
        for time in ("", f"{_ISO} ")
    ),
    # https://bind9.readthedocs.io/en/stable/reference.html#the-query-log
    *(
        f"{head}{client} {{client_ip:ip}}#{{client_port:number}}{name}: query: {{query_name:uri}} {{query_class:word}} "
        "{query_type:word} {flags:uri} ({server_ip:ip})"
        for head in ("{timestamp:day_first} {category:word}: {level:any_case}: ", "{timestamp:day_first} ")
        for client in ("client @{client_id:hex}", "client")
        for name in (" ({client_query:round})", "")
    ),
    f"{{timestamp:day_first}} {{category:path}}: {_ANY}: ",
    # https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html
    f"[{{timestamp:epoch}}] {{program:path}}[{{pid:number}}:{{tid:number}}] {_ANY}: ",
    # https://docs.suricata.io/en/latest/output/, https://docs.snort.org/
    *(
        f"{alert} {classification}[Priority: {{priority:number}}] {flow}"
        for alert in (_SNORT, _SNORT.replace("[**]", "[{action:word}] [**]", 1))
        for classification in ("[Classification: {classification:square}] ", "")
        for flow in _FLOWS
    ),
    "{timestamp:suricata} - <{level:any_case}> - ",
    # https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html
    *(
        f"{_UWSGI} {{{duration}:number}} {unit} ({{protocol:http}} {{status:number}}) {{headers:number}} headers in "
        "{header_bytes:number} bytes ({switches:number} switches on core {core:number})"
        for duration, unit in (("duration_ms", "msecs"), ("duration_us", "micros"), ("duration_s", "secs"))
    ),
    f"{_UWSGI} {{duration_ms:number}} msecs ({{protocol:http}} {{status:number}}) ",
    # https://www.cups.org/doc/man-cupsd-logs.html, https://sssd.io/troubleshooting/basics.html
    "{level:letter} [{timestamp:common}] [Job {job_id:number}] ",
    "{level:letter} [{timestamp:common}] ",
    "{printer:filled} {user:filled} {job_id:number} [{timestamp:common}] {pages:filled} {copies:number} "
    "{billing:filled} {host:filled} {job_name:short_text} {media:filled} {sides:filled}",
    f"({{timestamp:ctime}}) {_SSSD}",
    f"({{timestamp:padded}}): {_SSSD}",
    # https://theforeman.org/manuals/latest/, https://mmonit.com/monit/documentation/monit.html
    f"{_ISO} [{{level:letter}}|{{component:word}}|{{request_id:hexes}}] ",
    f"[{{timestamp:monit}}] {_ANY} : ",
    # https://techdocs.broadcom.com/us/en/vmware-cis/vsphere.html
    f"{_ISO} {_ANY} {{logger:path}}[{{pid:number}}] [Originator@{{enterprise:number}} {{originator:keyed}}] ",
    f"{_ISO} {_ANY} {{logger:path}}[{{pid:number}}] ",
    # https://github.com/fail2ban/fail2ban, https://docs.datadoghq.com/agent/, https://docs.newrelic.com/docs/apm/agents/
    f"{_ISO} {{logger:name}} [{{pid:number}}]: {_LEVEL} [{{jail:square}}] ",
    f"{_ISO} | {{component:word}} | {_LEVEL} | ({{source_file:file}}:{{source_line:number}} in {{function:short_text}})"
    " | ",
    f"{_ISO} ({{pid:number}}/{{thread:square}}) {{logger:name}} {_LEVEL} - ",
    # https://www.pgbouncer.org/config.html, http://supervisord.org/logging.html, https://icinga.com/docs/icinga-2/latest/
    f"{_ISO} {{pid:number}} {{level:pgbouncer}} ",
    f"{_ISO} [{{pid:number}}] {{level:pgbouncer}} ",
    "{timestamp:asctime} {level:supervisor} ",
    f"[{_ISO}] {_ANY}/{{logger:path}}: ",
    # https://rethinkdb.com/docs/, https://github.com/projectcalico/calico, https://docs.ray.io/en/latest/ray-observability/
    f"{_ISO} {{uptime:uptime}} {_ANY}: ",
    f"{_ISO} [{_LEVEL}][{{pid:number}}] {{source_file:file}} {{source_line:number}}: ",
    *(
        f"[{_ISO} {{level:letter}} {{pid:number}} {{tid:number}}] {more}"
        for more in ("", f"({{component:round}}) {_SOURCE}: ")
    ),
    # https://docs.pytorch.org/serve/logging.html
    *(f"{_TORCHSERVE} {{logger:{kind}}} - " for kind in ("dotted", "torchserve")),
    *(
        f'{head} - /{{client:address}} "{{method:method}} {{uri:uri}} {{protocol:http}}" {{status:status}} '
        "{duration_ms:number}"
        for head in (_ISO, f"{_TORCHSERVE} ACCESS_LOG")
    ),
    # https://docs.cloud-init.io/en/latest/reference/base_config_reference.html
    f"{_ISO} - {{source_file:file}}[{_LEVEL}]: ",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html:
    # events of Windows in the agent's format text
    f"[{{log_name:brackets}}] [{_ANY}] [{{event_id:number}}] [{{provider:brackets}}] [{{computer:filled}}] [",
    # https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html
    *(
        f"{_ISO} {pid}{{message_id:exim}} {what}"
        for pid in ("", "[{pid:number}] ")
        for what in ("{direction:exim_sign} {address:uri} ", "")
    ),
    # https://wrapper.tanukisoftware.com/doc/english/prop-logfile-format.html
    "{level:any_case} | {source:wrapped} | {timestamp:iso} | ",
    # https://redmine.lighttpd.net/projects/lighttpd/wiki/DebugVariables
    f"{_ISO}: ({{source_file:file}}.{{source_line:number}}) ",
    # https://github.com/oVirt/vdsm
    f"{{thread:path}}::{_LEVEL}::{_ISO}::{{module:path}}::{{source_line:number}}::{{logger:path}}::"
    "({function:function}) ",
    # https://devcenter.heroku.com/articles/logging
    f"{_ISO} {{program:word}}[{{process:dyno}}]: ",
    # https://www.tensorflow.org/, Cisco's IOS
    f"{_ISO}: {{level:letter}} {{source_file:file}}:{{source_line:number}}] ",
    # https://www.kernel.org/doc/html/latest/core-api/printk-basics.html
    "[{uptime:dmesg}] ",
    # https://github.com/logpai/loghub: Blue Gene, and component based servicing of Windows
    "{alert:alert} {epoch:epoch} {date:filled} {node:filled} {timestamp:bluegene} {node_2:filled} {type:word} "
    f"{{component:word}} {_LEVEL} ",
    *(
        "{alert:alert} {epoch:epoch} {date:date} {node:filled} {timestamp:syslog} {location:filled} "
        f"{{component:filled}}{pid}: "
        for pid in ("[{pid:number}]", "")
    ),
    f"{_ISO}, {{level:any_case}} {{component:word}} ",
    "{timestamp:colons}|{component:path}|{pid:number}|",
)
