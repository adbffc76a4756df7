"""Layouts of servers and their tools. The meaning of each field is from their documentation."""

from __future__ import annotations

from loglake.kernels.formats.header.layout import ANY_LEVEL, ISO, LEVEL, SOURCE

_SNORT = (
    "{timestamp:snort} [**] [{generator_id:number}:{signature_id:number}:{revision:number}] {signature:short_text} [**]"
)
_FLOW = "{{protocol:word}} {source:address} -> {destination:address}"
_FLOWS = (_FLOW, "{{protocol:word}} {source:uri} -> {destination:uri}")
_TORCHSERVE = f"{ISO} [{LEVEL}] {{thread:filled}}"
_UWSGI = (
    "[pid: {pid:number}|app: {app:count}|req: {app_requests:number}/{requests:number}] {client:uri} ({user:round}) "
    "{{variables:number} vars in {request_bytes:number} bytes} [{timestamp:ctime}] {method:method} {uri:uri} => "
    "generated {response_bytes:number} bytes in"
)
_SSSD = "[{domain:uri}] [{function:function}] ({debug_level:hex}): "

NETWORK = (
    # https://docs.gluster.org/en/latest/Administrator-Guide/Logging/
    *(
        f"[{ISO}] {{level:letter}} {message_id}[{SOURCE}:{{function:function}}] {{domain:host}}: "
        for message_id in ("", "[MSGID: {message_id:number}] ")
    ),
    # https://wiki.squid-cache.org/SquidFaq/SquidLogs#cachelog
    f"{ISO} {{process:kid}}| ",
    # https://www.haproxy.com/documentation/haproxy-configuration-manual/latest/
    f"[{ANY_LEVEL}] {{timestamp:year_day}} ({{pid:number}}) : ",
    f"[{ANY_LEVEL}] ({{pid:number}}) : ",
    # https://coredns.io/plugins/log/
    *(
        f'{time}[{LEVEL}] {{client:address}} - {{query_id:number}} "{{query_type:filled}} {{query_class:filled}} '
        '{query_name:uri} {network:word} {request_size:number} {dnssec_ok:word} {buffer_size:number}" '
        "{response_code:word} {flags:filled} {response_size:number} {duration:uptime}"
        for time in ("", f"{ISO} ")
    ),
    # https://bind9.readthedocs.io/en/stable/reference.html#the-query-log
    *(
        f"{head}{client} {{client_ip:ip}}#{{client_port:number}}{name}: query: {{query_name:uri}} {{query_class:word}} "
        "{query_type:word} {flags:uri} ({server_ip:ip})"
        for head in ("{timestamp:day_first} {category:word}: {level:any_case}: ", "{timestamp:day_first} ")
        for client in ("client @{client_id:hex}", "client")
        for name in (" ({client_query:round})", "")
    ),
    f"{{timestamp:day_first}} {{category:path}}: {ANY_LEVEL}: ",
    # https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html
    f"[{{timestamp:epoch}}] {{program:path}}[{{pid:number}}:{{tid:number}}] {ANY_LEVEL}: ",
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
    f"{ISO} [{{level:letter}}|{{component:word}}|{{request_id:hexes}}] ",
    f"[{{timestamp:monit}}] {ANY_LEVEL} : ",
    # https://techdocs.broadcom.com/us/en/vmware-cis/vsphere.html
    f"{ISO} {ANY_LEVEL} {{logger:path}}[{{pid:number}}] [Originator@{{enterprise:number}} {{originator:keyed}}] ",
    f"{ISO} {ANY_LEVEL} {{logger:path}}[{{pid:number}}] ",
    # https://github.com/fail2ban/fail2ban, https://docs.datadoghq.com/agent/, https://docs.newrelic.com/docs/apm/agents/
    f"{ISO} {{logger:name}} [{{pid:number}}]: {LEVEL} [{{jail:square}}] ",
    f"{ISO} | {{component:word}} | {LEVEL} | ({{source_file:file}}:{{source_line:number}} in {{function:short_text}})"
    " | ",
    f"{ISO} ({{pid:number}}/{{thread:square}}) {{logger:name}} {LEVEL} - ",
    # https://www.pgbouncer.org/config.html, http://supervisord.org/logging.html, https://icinga.com/docs/icinga-2/latest/
    f"{ISO} {{pid:number}} {{level:pgbouncer}} ",
    f"{ISO} [{{pid:number}}] {{level:pgbouncer}} ",
    "{timestamp:asctime} {level:supervisor} ",
    f"[{ISO}] {ANY_LEVEL}/{{logger:path}}: ",
    # https://rethinkdb.com/docs/, https://github.com/projectcalico/calico, https://docs.ray.io/en/latest/ray-observability/
    f"{ISO} {{uptime:uptime}} {ANY_LEVEL}: ",
    f"{ISO} [{LEVEL}][{{pid:number}}] {{source_file:file}} {{source_line:number}}: ",
    *(
        f"[{ISO} {{level:letter}} {{pid:number}} {{tid:number}}] {more}"
        for more in ("", f"({{component:round}}) {SOURCE}: ")
    ),
    # https://docs.pytorch.org/serve/logging.html
    *(f"{_TORCHSERVE} {{logger:{kind}}} - " for kind in ("dotted", "torchserve")),
    *(
        f'{head} - /{{client:address}} "{{method:method}} {{uri:uri}} {{protocol:http}}" {{status:status}} '
        "{duration_ms:number}"
        for head in (ISO, f"{_TORCHSERVE} ACCESS_LOG")
    ),
    # https://docs.cloud-init.io/en/latest/reference/base_config_reference.html
    f"{ISO} - {{source_file:file}}[{LEVEL}]: ",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html:
    # events of Windows in the agent's format text
    f"[{{log_name:brackets}}] [{ANY_LEVEL}] [{{event_id:number}}] [{{provider:brackets}}] [{{computer:filled}}] [",
    # https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html
    *(
        f"{ISO} {pid}{{message_id:exim}} {what}"
        for pid in ("", "[{pid:number}] ")
        for what in ("{direction:exim_sign} {address:uri} ", "")
    ),
    # https://wrapper.tanukisoftware.com/doc/english/prop-logfile-format.html
    "{level:any_case} | {source:wrapped} | {timestamp:iso} | ",
    # https://redmine.lighttpd.net/projects/lighttpd/wiki/DebugVariables
    f"{ISO}: ({{source_file:file}}.{{source_line:number}}) ",
    # https://github.com/oVirt/vdsm
    f"{{thread:path}}::{LEVEL}::{ISO}::{{module:path}}::{{source_line:number}}::{{logger:path}}::"
    "({function:function}) ",
    # https://devcenter.heroku.com/articles/logging
    f"{ISO} {{program:word}}[{{process:dyno}}]: ",
    # https://www.tensorflow.org/, Cisco's IOS
    f"{ISO}: {{level:letter}} {{source_file:file}}:{{source_line:number}}] ",
    # https://www.kernel.org/doc/html/latest/core-api/printk-basics.html
    "[{uptime:dmesg}] ",
    # https://github.com/logpai/loghub: Blue Gene, and component based servicing of Windows
    "{alert:alert} {epoch:epoch} {date:filled} {node:filled} {timestamp:bluegene} {node_2:filled} {type:word} "
    f"{{component:word}} {LEVEL} ",
    *(
        "{alert:alert} {epoch:epoch} {date:date} {node:filled} {timestamp:syslog} {location:filled} "
        f"{{component:filled}}{pid}: "
        for pid in ("[{pid:number}]", "")
    ),
    f"{ISO}, {{level:any_case}} {{component:word}} ",
    "{timestamp:colons}|{component:path}|{pid:number}|",
)
