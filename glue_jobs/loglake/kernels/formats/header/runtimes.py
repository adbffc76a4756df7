"""Layouts of loggers of languages and frameworks. The meaning of each field is from their documentation."""

from __future__ import annotations

from loglake.kernels.formats.header.layout import ANY_LEVEL, ISO, LEVEL, SOURCE

_SPRING = f"{ISO} {LEVEL} {{pid:number}} ---"
_SIDEKIQ = f"{ISO} pid={{pid:number}} tid={{thread:filled}}"
_RUBY = f"{{_:letter}}, [{ISO} #{{pid:number}}] {LEVEL} --"
_JUL = "{timestamp:month_first} {logger:path} {function:function}"
_NEST = "[{application:word}] {pid:number} - {timestamp:slashes}"
_LOGURU = f"{ISO} | {{level:loguru}} | {{module:path}}:{{function:function}}:{{source_line:number}}"

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
        f"{ISO} {LEVEL} [{application},{{trace_id:hexes}},{{span_id:hexes}}{more}] {{pid:number}} --- "
        "[{thread:square}] {logger:path} : "
        for application in ("{application:dyno}", "")
        for more in ("", ",{exportable:flag}")
    ),
    # https://docs.wildfly.org/ (pattern-formatter), https://quarkus.io/guides/logging
    f"{ISO} {LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    f"{{timestamp:clock}} {LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    f"{ISO} {{host:host}} {{application:path}}[{{pid:number}}] {LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    # https://tomcat.apache.org/tomcat-10.1-doc/logging.html, java.util.logging.SimpleFormatter
    f"{{timestamp:day_first}} {LEVEL} [{{thread:square}}] {{logger:name}} ",
    # https://github.com/airlift/airlift (StaticFormatter), of Trino and Presto
    f"{ISO}\t{LEVEL}\t{{thread:tabbed}}\t{{logger:path}}\t",
    f"{_JUL}\n{LEVEL}: ",
    "{timestamp:month_first} {logger:name} {function:function}",
    # https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html (-Xlog)
    f"[{{uptime:uptime}}][{ANY_LEVEL}][{{tags:gc_tags}}] ",
    f"[{ISO}][{ANY_LEVEL}][{{tags:gc_tags}}] ",
    f"[{ISO}][{{uptime:uptime}}][{ANY_LEVEL}][{{tags:gc_tags}}] ",
    f"[{ISO}][{{uptime:uptime}}][{{pid:number}}][{{tid:number}}][{ANY_LEVEL}][{{tags:gc_tags}}] ",
    f"[{ISO}][{{pid:number}}][{{tags:gc_tags}}] ",
    # https://docs.oracle.com/javase/8/docs/technotes/tools/unix/java.html (-XX:+PrintGCDateStamps)
    f"{ISO}: {{uptime:seconds}}: ",
    # https://javaee.github.io/glassfish/doc/5.0/administration-guide.pdf (ODL)
    f"[{ISO}] [{{server:square}}] [{ANY_LEVEL}] [{{message_id:maybe}}] [{{logger:maybe}}] "
    "[tid: _ThreadID={tid:number} _ThreadName={thread:square}] [timeMillis: {time_millis:number}] "
    "[levelValue: {level_value:number}] [[",
    # https://docs.oracle.com/en/middleware/standalone/weblogic-server/14.1.1.0/wllog/logging_services.html
    f"####<{{timestamp:weblogic}}> <{ANY_LEVEL}> <{{subsystem:angle}}> <{{machine:angle}}> <{{server:angle}}> "
    "<{thread:round}> <{user:round}> <{transaction_id:angle}> <{context:angle}> <{time_millis:number}> "
    "<{message_id:angle}> ",
    f"####<{{timestamp:weblogic}}> <{ANY_LEVEL}> <{{subsystem:angle}}> <{{machine:angle}}> <{{server:angle}}> "
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
        f"{ISO} {LEVEL} {thread}{{logger:path}} "
        f"({{source_file:file}}:{{function:function}}({{source_line:number}})){end}"
        for thread in ("[{thread:square}] ", "")
        for end in (" - ", ": ")
    ),
    # https://logging.apache.org/log4j/1.x/apidocs/org/apache/log4j/TTCCLayout.html
    f"{{elapsed_ms:number}} [{{thread:square}}] {LEVEL} {{logger:path}} - ",
    # https://www.jenkins.io/doc/book/system-administration/viewing-logs/
    f"{ISO} [id={{thread_id:number}}]\t{LEVEL}\t{{logger:path}}#{{function:function}}: ",
    # https://logback.qos.ch/manual/layouts.html (%contextName), https://logback.qos.ch/manual/configuration.html
    f"{{timestamp:clock}} {{context:word}} [{{thread:brackets}}] {LEVEL} {{logger:path}} - ",
    f"{{timestamp:clock}} |-{LEVEL} in {{logger:uri}} - ",
    # https://www.playframework.com/documentation/latest/SettingsLogger, https://doc.akka.io/libraries/akka-core/current/
    # (Logging), https://helidon.io/docs/latest/se/logging
    f"{ISO} [{LEVEL}] from {{logger:path}} in {{thread:filled}} - ",
    f"[{ISO}] [{LEVEL}] [{{logger:filled}}] [{{thread:brackets}}] [{{source:brackets}}] - ",
    f"{ISO} {LEVEL} {{logger:path}} Thread[{{thread:brackets}}]: ",
    # https://storm.apache.org/releases/2.6.0/Logs.html
    f"{ISO} {{logger:name}} {{thread:filled}} [{LEVEL}] ",
    # https://trino.io/docs/current/admin/logging.html
    f"{ISO}\t{LEVEL}\t{{thread:tabbed}}\t{{logger:name}}\t",
)

PYTHON = (
    # https://docs.python.org/3/library/logging.html#logging.basicConfig, Flask, Celery, Django, Airflow
    f"{LEVEL}:{{logger:path}}:",
    *(f"{time}:{LEVEL}:{logger}" for time in (ISO, "{timestamp:ordinal}") for logger in ("{logger:module}:", "")),
    f"[{ISO}] {LEVEL} in {{module:word}}: ",
    f"[{ISO}: {LEVEL}/{{process:path}}] ",
    f"[{ISO}: {LEVEL}/{{process:path}}] {{task:name}}[{{task_id:id}}]: ",
    f"[{ISO}: {LEVEL}/{{process:path}}] Task {{task:name}}[{{task_id:id}}] ",
    f"{LEVEL} {ISO} {{module:word}} {{pid:number}} {{tid:number}} ",
    # https://airflow.apache.org/docs/apache-airflow/1.10.15/howto/write-logs.html
    f"[{ISO}] {{{{{SOURCE}}}}} {LEVEL} - ",
    # https://loguru.readthedocs.io/en/stable/api/logger.html (LOGURU_FORMAT)
    f"{_LOGURU} - ",
    f"{_LOGURU} | ",
    # https://www.tornadoweb.org/en/stable/log.html, Jupyter
    "[{level:letter} {timestamp:six} {module:word}:{source_line:number}] ",
    f"[{{level:letter}} {ISO} {{logger:path}}] ",
    f"[{{level:letter}} {ISO}] ",
    "[{level:letter} {timestamp:clock} {logger:path}] ",
    # https://docs.openstack.org/oslo.log/latest/configuration/ (logging_context_format_string)
    f"{ISO} {{pid:number}} {LEVEL} {{logger:path}} [{{request_id:request_id}} {{context:square}}] ",
    f"{ISO} {{pid:number}} {LEVEL} {{logger:path}} [None {{request_id:request_id}} {{context:square}}] ",
    # https://docs.saltproject.io/en/latest/ref/configuration/logging/ , Ansible
    f"{ISO} [{{logger:square}}:{{source_line:number}}][{ANY_LEVEL}][{{pid:number}}] ",
    f"{ISO} p={{pid:number}} u={{user:filled}} n={{program:filled}} | ",
)

GO_AND_RUST = (
    # https://github.com/kubernetes/klog, https://google.github.io/glog/stable/logging/, and
    # https://github.com/golang/glog of a program that has not parsed its flags
    *(
        f"{before}{{level:letter}}{{timestamp:klog}} {{pid:number}} {SOURCE}] "
        for before in ("", "ERROR: logging before flag.Parse: ")
    ),
    # https://pkg.go.dev/log#pkg-constants (Lshortfile, behind a prefix)
    f"{{prefix:word}}: {ISO} {SOURCE}: ",
    # https://pkg.go.dev/go.uber.org/zap#NewDevelopmentEncoderConfig, Istio, controller-runtime
    *(f"{time}\t{ANY_LEVEL}\t{SOURCE}\t" for time in (ISO, "{timestamp:float_epoch}")),
    *(f"{time}\t{ANY_LEVEL}\t{{logger:path}}\t{SOURCE}\t" for time in (ISO, "{timestamp:float_epoch}")),
    *(f"{time}\t{ANY_LEVEL}\t{{logger:path}}\t" for time in (ISO, "{timestamp:float_epoch}")),
    f"{{timestamp:float_epoch}}\t{ANY_LEVEL}\t",
    # https://github.com/sirupsen/logrus, https://github.com/rs/zerolog, https://github.com/coreos/pkg (capnslog)
    *(f"{level}[{time}] " for level in (LEVEL, "{level:logrus}") for time in ("{elapsed:digits}", ISO)),
    f"{{timestamp:kitchen}} {LEVEL} ",
    f"{{timestamp:kitchen}} {LEVEL} {SOURCE} > ",
    f"{ISO} {LEVEL} {SOURCE} > ",
    f"{ISO} {{level:verbosity}} | {{logger:path}}: ",
    # https://docs.influxdata.com/telegraf/v1/, the CloudWatch agent
    f"{ISO} {{level:letter}}! ",
    f"{ISO} {{level:letter}}! [{{logger:square}}] ",
    # https://docs.rs/env_logger, https://docs.rs/tracing-subscriber
    f"[{ISO} {LEVEL} {{logger:path}}] ",
    f"[{ISO} {LEVEL} {{logger:path}} {SOURCE}] ",
    f"{ISO} {LEVEL} {{span:word}}{{{{span_fields:curly}}}}: {{logger:path}}: ",
    f"{ISO} {LEVEL} {{span:word}}{{{{span_fields:curly}}}}:{{span_2:word}}{{{{span_fields_2:curly}}}}: "
    "{logger:path}: ",
    f"{ISO} {LEVEL} ThreadId({{thread:number}}) {{logger:path}}: ",
    f"{ISO} {LEVEL} ThreadId({{thread:number}}) {{logger:path}}: {SOURCE}: ",
    f"{ISO} {LEVEL} {{logger:path}}[{{pid:number}}:{{thread:square}}] ",
)

OTHERS = (
    # https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter
    f"{ANY_LEVEL}: {{logger:path}}[{{event_id:number}}] ",
    f"{ISO} {ANY_LEVEL}: {{logger:path}}[{{event_id:number}}] ",
    "<{level:severity}>{logger:path}[{event_id:number}] ",
    # https://github.com/NLog/NLog/wiki/Layouts
    f"{ISO} | {LEVEL} | {{logger:path}} | ",
    f"{ISO} | {{thread:number}} | {LEVEL} | {{logger:path}} | ",
    # https://logging.apache.org/log4net/release/manual/introduction.html
    f"{ISO} [{{thread:square}}] {LEVEL} {{logger:path}} [{{context:square}}] - ",
    f"{ISO} [{{thread:number}}] {LEVEL} {{logger:path}} [{{context:square}}] - ",
    # https://docs.ruby-lang.org/en/master/Logger.html
    f"{_RUBY} {{program:path}}: ",
    f"{_RUBY} : ",
    f"{_RUBY} : [{{request_id:id}}] ",
    *(f"A, [{ISO} #{{pid:number}}] ANY -- {program}: " for program in ("", "{program:path}")),
    # https://github.com/aws/aws-codedeploy-agent
    f"{ISO} {LEVEL} [{{program:dyno}}({{pid:number}})]: ",
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
    f"{_SIDEKIQ} {LEVEL}: ",
    f"{_SIDEKIQ} class={{class:filled}} jid={{job_id:filled}} {LEVEL}: ",
    f"{_SIDEKIQ} class={{class:filled}} jid={{job_id:filled}} elapsed={{elapsed:filled}} {LEVEL}: ",
    *(
        f"{time}{{pid:number}} TID-{{thread:filled}} {said}: "
        for time in (f"{ISO} ", "")
        for said in (LEVEL, f"{{class:filled}} JID-{{job_id:filled}} {LEVEL}")
    ),
    f"{ISO} {{pid:number}} TID-{{thread:filled}} {LEVEL}: {{class:path}} JID-{{job_id:filled}} ",
    # https://github.com/bitnami/containers (liblog.sh)
    f"{{program:dyno}} {{timestamp:clock}} {LEVEL} ==> ",
    # https://github.com/Seldaek/monolog, https://www.php.net/manual/en/errorfunc.configuration.php
    f"[{ISO}] {{logger:path}}.{LEVEL}: ",
    *(
        f"{time}PHP {{level:php}}: {tail}"
        for time in ("[{timestamp:day_first}] ", "[{timestamp:day_first} {zone:zone}] ", "")
        for tail in ("", f"…in {SOURCE}", "…in {source_file:file} on line {source_line:number}")
    ),
    # https://github.com/pinojs/pino-pretty, https://github.com/trentm/node-bunyan,
    # https://log4js-node.github.io/log4js-node/layouts.html
    *(
        f"[{time}] {LEVEL} ({who}{on}): "
        for time in (ISO, "{timestamp:clock}")
        for who in ("{pid:number}", "{logger:filled}/{pid:number}")
        for on in ("", " on {host:host}")
    ),
    f"[{ISO}] {LEVEL}: {{logger:filled}}/{{pid:number}} on {{host:host}}: ",
    f"[{ISO}] {LEVEL}: {{logger:filled}}/{{pid:number}} on {{host:host}} ({SOURCE}): ",
    f"[{ISO}] [{ANY_LEVEL}] {{logger:path}} - ",
    # https://nodejs.org/api/process.html#event-warning
    "(node:{pid:number}) ",
    "(node:{pid:number}) [{code:word}] ",
    # https://docs.nestjs.com/techniques/logger
    f"{_NEST} {{level:nest}} [{{logger:square}}] ",
    f"{_NEST} {{level:nest}} ",
    f"{_NEST} [{{logger:square}}] ",
    # https://hexdocs.pm/logger, https://github.com/erlang-lager/lager, https://www.erlang.org/doc/apps/sasl/error_logging
    f"{{timestamp:clock}} request_id={{request_id:filled}} [{ANY_LEVEL}] ",
    f"{ISO} [{ANY_LEVEL}] <{{process:dots}}>@{{module:word}}:{{function:function}}:{{source_line:number}} ",
    "={level:report} REPORT==== {timestamp:erlang} ===",
    # https://metacpan.org/pod/Log::Log4perl::Layout::PatternLayout
    f"{ISO} {LEVEL}> {SOURCE} {{function:path}} - ",
    # https://developer.android.com/tools/logcat (threadtime)
    "{timestamp:android} {pid:number} {tid:number} {level:verbosity} {logger:uri} : ",
    "{timestamp:android} {pid:number} {tid:number} {level:verbosity} {logger:path}: ",
)
