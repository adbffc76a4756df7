"""Layouts of loggers of languages and frameworks. The meaning of each field is from their documentation."""

from __future__ import annotations

_ISO = "{timestamp:iso}"
_LEVEL = "{level:capitals}"
_ANY = "{level:any_case}"
_SOURCE = "{source_file:file}:{source_line:number}"
_SPRING = f"{_ISO} {_LEVEL} {{pid:number}} ---"
_SIDEKIQ = f"{_ISO} pid={{pid:number}} tid={{thread:filled}}"
_RUBY = f"{{_:letter}}, [{_ISO} #{{pid:number}}] {_LEVEL} --"
_JUL = "{timestamp:month_first} {logger:path} {function:function}"
_NEST = "[{application:word}] {pid:number} - {timestamp:slashes}"
_LOGURU = f"{_ISO} | {{level:loguru}} | {{module:path}}:{{function:function}}:{{source_line:number}}"

JAVA = (
    # https://docs.spring.io/spring-boot/reference/features/logging.html
    f"{_SPRING} [{{thread:square}}] {{logger:path}} : ",
    f"{_SPRING} [{{thread:square}}] [{{trace_id:id}}-{{span_id:id}}] {{logger:path}} : ",
    f"{_SPRING} [{{application:square}}] [{{thread:square}}] {{logger:path}} : ",
    f"{_SPRING} [{{application:square}}] [{{thread:square}}] [{{trace_id:id}}-{{span_id:id}}] {{logger:path}} : ",
    f"{_SPRING} [{{application:square}}] [{{thread:square}}] [{{correlation_id:trace}}-{{span:id}}] {{logger:path}} : ",
    # Without a trace blanks are in its brackets.
    *(
        f"{_SPRING} {application}[{{thread:square}}] [ ] {{logger:path}} : "
        for application in ("[{application:square}] ", "")
    ),
    # https://docs.spring.io/spring-cloud-sleuth/docs/current-SNAPSHOT/reference/html/project-features.html
    *(
        f"{_ISO} {_LEVEL} [{application},{{trace_id:hexes}},{{span_id:hexes}}{more}] {{pid:number}} --- "
        "[{thread:square}] {logger:path} : "
        for application in ("{application:dyno}", "")
        for more in ("", ",{exportable:flag}")
    ),
    # https://docs.wildfly.org/ (pattern-formatter), https://quarkus.io/guides/logging
    f"{_ISO} {_LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    f"{{timestamp:clock}} {_LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    f"{_ISO} {{host:host}} {{application:path}}[{{pid:number}}] {_LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    # https://tomcat.apache.org/tomcat-10.1-doc/logging.html, java.util.logging.SimpleFormatter
    f"{{timestamp:day_first}} {_LEVEL} [{{thread:square}}] {{logger:name}} ",
    # https://github.com/airlift/airlift (StaticFormatter), of Trino and Presto
    f"{_ISO}\t{_LEVEL}\t{{thread:tabbed}}\t{{logger:path}}\t",
    f"{_JUL}\n{_LEVEL}: ",
    "{timestamp:month_first} {logger:name} {function:function}",
    # https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html (-Xlog)
    f"[{{uptime:uptime}}][{_ANY}][{{tags:gc_tags}}] ",
    f"[{_ISO}][{_ANY}][{{tags:gc_tags}}] ",
    f"[{_ISO}][{{uptime:uptime}}][{_ANY}][{{tags:gc_tags}}] ",
    f"[{_ISO}][{{uptime:uptime}}][{{pid:number}}][{{tid:number}}][{_ANY}][{{tags:gc_tags}}] ",
    f"[{_ISO}][{{pid:number}}][{{tags:gc_tags}}] ",
    # https://docs.oracle.com/javase/8/docs/technotes/tools/unix/java.html (-XX:+PrintGCDateStamps)
    f"{_ISO}: {{uptime:seconds}}: ",
    # https://javaee.github.io/glassfish/doc/5.0/administration-guide.pdf (ODL)
    f"[{_ISO}] [{{server:square}}] [{_ANY}] [{{message_id:maybe}}] [{{logger:maybe}}] "
    "[tid: _ThreadID={tid:number} _ThreadName={thread:square}] [timeMillis: {time_millis:number}] "
    "[levelValue: {level_value:number}] [[",
    # https://docs.oracle.com/en/middleware/standalone/weblogic-server/14.1.1.0/wllog/logging_services.html
    f"####<{{timestamp:weblogic}}> <{_ANY}> <{{subsystem:angle}}> <{{machine:angle}}> <{{server:angle}}> "
    "<{thread:round}> <{user:round}> <{transaction_id:angle}> <{context:angle}> <{time_millis:number}> "
    "<{message_id:angle}> ",
    f"####<{{timestamp:weblogic}}> <{_ANY}> <{{subsystem:angle}}> <{{machine:angle}}> <{{server:angle}}> "
    "<{thread:round}> <{user:round}> <{transaction_id:angle}> <{context:angle}> <{time_millis:number}> "
    "<[severity-value: {severity_value:number}] {attributes:angle}> <{message_id:angle}> ",
    # https://openliberty.io/docs/latest/log-trace-configuration.html
    *(
        f"[{{timestamp:liberty_time}}] {{thread:hex}} {{logger:path}} {{level:liberty_type}} {message_id}"
        for message_id in ("", "{message_id:liberty_id}: ")
    ),
    "[{level:audit}] {message_id:liberty_id}: ",
    # https://logging.apache.org/log4j/1.x/apidocs/org/apache/log4j/PatternLayout.html: %c{2} (%F:%M(%L)), as Hadoop and
    # the drivers and executors of https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    *(
        f"{_ISO} {_LEVEL} {thread}{{logger:path}} "
        f"({{source_file:file}}:{{function:function}}({{source_line:number}})){end}"
        for thread in ("[{thread:square}] ", "")
        for end in (" - ", ": ")
    ),
    # https://logging.apache.org/log4j/1.x/apidocs/org/apache/log4j/TTCCLayout.html
    f"{{elapsed_ms:number}} [{{thread:square}}] {_LEVEL} {{logger:path}} - ",
    # https://www.jenkins.io/doc/book/system-administration/viewing-logs/
    f"{_ISO} [id={{thread_id:number}}]\t{_LEVEL}\t{{logger:path}}#{{function:function}}: ",
    # https://logback.qos.ch/manual/layouts.html (%contextName), https://logback.qos.ch/manual/configuration.html
    f"{{timestamp:clock}} {{context:word}} [{{thread:brackets}}] {_LEVEL} {{logger:path}} - ",
    f"{{timestamp:clock}} |-{_LEVEL} in {{logger:uri}} - ",
    # https://www.playframework.com/documentation/latest/SettingsLogger, https://doc.akka.io/libraries/akka-core/current/
    # (Logging), https://helidon.io/docs/latest/se/logging
    f"{_ISO} [{_LEVEL}] from {{logger:path}} in {{thread:filled}} - ",
    f"[{_ISO}] [{_LEVEL}] [{{logger:filled}}] [{{thread:brackets}}] [{{source:brackets}}] - ",
    f"{_ISO} {_LEVEL} {{logger:path}} Thread[{{thread:brackets}}]: ",
    # https://storm.apache.org/releases/2.6.0/Logs.html
    f"{_ISO} {{logger:name}} {{thread:filled}} [{_LEVEL}] ",
    # https://trino.io/docs/current/admin/logging.html
    f"{_ISO}\t{_LEVEL}\t{{thread:tabbed}}\t{{logger:name}}\t",
)

PYTHON = (
    # https://docs.python.org/3/library/logging.html#logging.basicConfig, Flask, Celery, Django, Airflow
    f"{_LEVEL}:{{logger:path}}:",
    *(f"{time}:{_LEVEL}:{logger}" for time in (_ISO, "{timestamp:ordinal}") for logger in ("{logger:module}:", "")),
    f"[{_ISO}] {_LEVEL} in {{module:word}}: ",
    f"[{_ISO}: {_LEVEL}/{{process:path}}] ",
    f"[{_ISO}: {_LEVEL}/{{process:path}}] {{task:name}}[{{task_id:id}}]: ",
    f"[{_ISO}: {_LEVEL}/{{process:path}}] Task {{task:name}}[{{task_id:id}}] ",
    f"{_LEVEL} {_ISO} {{module:word}} {{pid:number}} {{tid:number}} ",
    # https://airflow.apache.org/docs/apache-airflow/1.10.15/howto/write-logs.html
    f"[{_ISO}] {{{{{_SOURCE}}}}} {_LEVEL} - ",
    # https://loguru.readthedocs.io/en/stable/api/logger.html (LOGURU_FORMAT)
    f"{_LOGURU} - ",
    f"{_LOGURU} | ",
    # https://www.tornadoweb.org/en/stable/log.html, Jupyter
    "[{level:letter} {timestamp:six} {module:word}:{source_line:number}] ",
    f"[{{level:letter}} {_ISO} {{logger:path}}] ",
    f"[{{level:letter}} {_ISO}] ",
    "[{level:letter} {timestamp:clock} {logger:path}] ",
    # https://docs.openstack.org/oslo.log/latest/configuration/ (logging_context_format_string)
    f"{_ISO} {{pid:number}} {_LEVEL} {{logger:path}} [{{request_id:request_id}} {{context:square}}] ",
    f"{_ISO} {{pid:number}} {_LEVEL} {{logger:path}} [None {{request_id:request_id}} {{context:square}}] ",
    # https://docs.saltproject.io/en/latest/ref/configuration/logging/ , Ansible
    f"{_ISO} [{{logger:square}}:{{source_line:number}}][{_ANY}][{{pid:number}}] ",
    f"{_ISO} p={{pid:number}} u={{user:filled}} n={{program:filled}} | ",
)

GO_AND_RUST = (
    # https://github.com/kubernetes/klog, https://google.github.io/glog/stable/logging/, and
    # https://github.com/golang/glog of a program that has not parsed its flags
    *(
        f"{before}{{level:letter}}{{timestamp:klog}} {{pid:number}} {_SOURCE}] "
        for before in ("", "ERROR: logging before flag.Parse: ")
    ),
    # https://pkg.go.dev/log#pkg-constants (Lshortfile, behind a prefix)
    f"{{prefix:word}}: {_ISO} {_SOURCE}: ",
    # https://pkg.go.dev/go.uber.org/zap#NewDevelopmentEncoderConfig, Istio, controller-runtime
    *(f"{time}\t{_ANY}\t{_SOURCE}\t" for time in (_ISO, "{timestamp:float_epoch}")),
    *(f"{time}\t{_ANY}\t{{logger:path}}\t{_SOURCE}\t" for time in (_ISO, "{timestamp:float_epoch}")),
    *(f"{time}\t{_ANY}\t{{logger:path}}\t" for time in (_ISO, "{timestamp:float_epoch}")),
    f"{{timestamp:float_epoch}}\t{_ANY}\t",
    # https://github.com/sirupsen/logrus, https://github.com/rs/zerolog, https://github.com/coreos/pkg (capnslog)
    *(f"{level}[{time}] " for level in (_LEVEL, "{level:logrus}") for time in ("{elapsed:digits}", _ISO)),
    f"{{timestamp:kitchen}} {_LEVEL} ",
    f"{{timestamp:kitchen}} {_LEVEL} {_SOURCE} > ",
    f"{_ISO} {_LEVEL} {_SOURCE} > ",
    f"{_ISO} {{level:verbosity}} | {{logger:path}}: ",
    # https://docs.influxdata.com/telegraf/v1/, the CloudWatch agent
    f"{_ISO} {{level:letter}}! ",
    f"{_ISO} {{level:letter}}! [{{logger:square}}] ",
    # https://docs.rs/env_logger, https://docs.rs/tracing-subscriber
    f"[{_ISO} {_LEVEL} {{logger:path}}] ",
    f"[{_ISO} {_LEVEL} {{logger:path}} {_SOURCE}] ",
    f"{_ISO} {_LEVEL} {{span:word}}{{{{span_fields:curly}}}}: {{logger:path}}: ",
    f"{_ISO} {_LEVEL} {{span:word}}{{{{span_fields:curly}}}}:{{span_2:word}}{{{{span_fields_2:curly}}}}: "
    "{logger:path}: ",
    f"{_ISO} {_LEVEL} ThreadId({{thread:number}}) {{logger:path}}: ",
    f"{_ISO} {_LEVEL} ThreadId({{thread:number}}) {{logger:path}}: {_SOURCE}: ",
    f"{_ISO} {_LEVEL} {{logger:path}}[{{pid:number}}:{{thread:square}}] ",
)

OTHERS = (
    # https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter
    f"{_ANY}: {{logger:path}}[{{event_id:number}}] ",
    f"{_ISO} {_ANY}: {{logger:path}}[{{event_id:number}}] ",
    "<{level:severity}>{logger:path}[{event_id:number}] ",
    # https://github.com/NLog/NLog/wiki/Layouts
    f"{_ISO} | {_LEVEL} | {{logger:path}} | ",
    f"{_ISO} | {{thread:number}} | {_LEVEL} | {{logger:path}} | ",
    # https://logging.apache.org/log4net/release/manual/introduction.html
    f"{_ISO} [{{thread:square}}] {_LEVEL} {{logger:path}} [{{context:square}}] - ",
    f"{_ISO} [{{thread:number}}] {_LEVEL} {{logger:path}} [{{context:square}}] - ",
    # https://docs.ruby-lang.org/en/master/Logger.html
    f"{_RUBY} {{program:path}}: ",
    f"{_RUBY} : ",
    f"{_RUBY} : [{{request_id:id}}] ",
    *(f"A, [{_ISO} #{{pid:number}}] ANY -- {program}: " for program in ("", "{program:path}")),
    # https://github.com/aws/aws-codedeploy-agent
    f"{_ISO} {_LEVEL} [{{program:dyno}}({{pid:number}})]: ",
    # https://guides.rubyonrails.org/debugging_rails_applications.html
    *(
        f"{_RUBY} : {request}{said}"
        for request in ("", "[{request_id:id}] ")
        for said in (
            'Started {method:method} "{uri:quoted}" for {client:address} at {started_at:iso}',
            "Processing by {controller:path}#{action:function} as {format:uri}",
            "Completed {status:status} {reason:short_text} in {duration_ms:number}ms ",
        )
    ),
    *(
        f"{request}{said}"
        for request in ("", "[{request_id:uuid}] ")
        for said in (
            'Started {method:method} "{uri:quoted}" for {client:address} at {timestamp:iso}',
            "Processing by {controller:path}#{action:function} as {format:uri}",
            "Completed {status:status} {reason:short_text} in {duration_ms:number}ms ",
        )
    ),
    # https://github.com/sidekiq/sidekiq/wiki/Logging
    f"{_SIDEKIQ} {_LEVEL}: ",
    f"{_SIDEKIQ} class={{class:filled}} jid={{job_id:filled}} {_LEVEL}: ",
    f"{_SIDEKIQ} class={{class:filled}} jid={{job_id:filled}} elapsed={{elapsed:filled}} {_LEVEL}: ",
    *(
        f"{time}{{pid:number}} TID-{{thread:filled}} {said}: "
        for time in (f"{_ISO} ", "")
        for said in (_LEVEL, f"{{class:filled}} JID-{{job_id:filled}} {_LEVEL}")
    ),
    f"{_ISO} {{pid:number}} TID-{{thread:filled}} {_LEVEL}: {{class:path}} JID-{{job_id:filled}} ",
    # https://github.com/bitnami/containers (liblog.sh)
    f"{{program:dyno}} {{timestamp:clock}} {_LEVEL} ==> ",
    # https://github.com/Seldaek/monolog, https://www.php.net/manual/en/errorfunc.configuration.php
    f"[{_ISO}] {{logger:path}}.{_LEVEL}: ",
    *(
        f"{time}PHP {{level:php}}: {tail}"
        for time in ("[{timestamp:day_first}] ", "[{timestamp:day_first} {zone:zone}] ", "")
        for tail in ("", f"…in {_SOURCE}", "…in {source_file:file} on line {source_line:number}")
    ),
    # https://github.com/pinojs/pino-pretty, https://github.com/trentm/node-bunyan,
    # https://log4js-node.github.io/log4js-node/layouts.html
    *(
        f"[{time}] {_LEVEL} ({who}{on}): "
        for time in (_ISO, "{timestamp:clock}")
        for who in ("{pid:number}", "{logger:filled}/{pid:number}")
        for on in ("", " on {host:host}")
    ),
    f"[{_ISO}] {_LEVEL}: {{logger:filled}}/{{pid:number}} on {{host:host}}: ",
    f"[{_ISO}] {_LEVEL}: {{logger:filled}}/{{pid:number}} on {{host:host}} ({_SOURCE}): ",
    f"[{_ISO}] [{_ANY}] {{logger:path}} - ",
    # https://nodejs.org/api/process.html#event-warning
    "(node:{pid:number}) ",
    "(node:{pid:number}) [{code:word}] ",
    # https://docs.nestjs.com/techniques/logger
    f"{_NEST} {{level:nest}} [{{logger:square}}] ",
    f"{_NEST} {{level:nest}} ",
    f"{_NEST} [{{logger:square}}] ",
    # https://hexdocs.pm/logger, https://github.com/erlang-lager/lager, https://www.erlang.org/doc/apps/sasl/error_logging
    f"{{timestamp:clock}} request_id={{request_id:filled}} [{_ANY}] ",
    f"{_ISO} [{_ANY}] <{{process:dots}}>@{{module:word}}:{{function:function}}:{{source_line:number}} ",
    "={level:report} REPORT==== {timestamp:erlang} ===",
    # https://metacpan.org/pod/Log::Log4perl::Layout::PatternLayout
    f"{_ISO} {_LEVEL}> {_SOURCE} {{function:path}} - ",
    # https://developer.android.com/tools/logcat (threadtime)
    "{timestamp:android} {pid:number} {tid:number} {level:verbosity} {logger:uri} : ",
    "{timestamp:android} {pid:number} {tid:number} {level:verbosity} {logger:path}: ",
)
