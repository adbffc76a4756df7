"""Layouts of well-known loggers with fields that only their documentation gives a meaning to."""

from __future__ import annotations

from loglake.kernels.formats.header.layout import rank

_ISO = "{timestamp:iso}"
_LEVEL = "{level:capitals}"
_SPRING = f"{_ISO} {_LEVEL} {{pid:number}} ---"
_SIDEKIQ = f"{_ISO} pid={{pid:number}} tid={{thread:filled}}"

_LAYOUTS = (
    # https://docs.spring.io/spring-boot/reference/features/logging.html
    f"{_SPRING} [{{thread:square}}] {{logger:path}} : ",
    f"{_SPRING} [{{thread:square}}] [{{correlation_id:trace}}] {{logger:path}} : ",
    f"{_SPRING} [{{application:square}}] [{{thread:square}}] {{logger:path}} : ",
    f"{_SPRING} [{{application:square}}] [{{thread:square}}] [{{correlation_id:trace}}] {{logger:path}} : ",
    f"{_SPRING} [{{application:square}}] [{{thread:square}}] [{{correlation_id:trace}}-{{span:id}}] {{logger:path}} : ",
    # https://github.com/apache/kafka/blob/trunk/config/log4j2.yaml
    f"[{_ISO}] {_LEVEL} …({{logger:path}})",
    # https://www.elastic.co/guide/en/elasticsearch/reference/current/logging.html, and OpenSearch
    f"[{_ISO}][{_LEVEL}][{{logger:square}}] [{{node:square}}] ",
    f"[{_ISO}][{_LEVEL}][{{logger:square}}] ",
    # https://github.com/kubernetes/klog, https://google.github.io/glog/stable/logging/
    "{level:letter}{timestamp:klog} {pid:number} {source_file:file}:{source_line:number}] ",
    # https://docs.ruby-lang.org/en/master/Logger.html
    f"{{_:letter}}, [{_ISO} #{{pid:number}}] {_LEVEL} -- {{program:path}}: ",
    f"{{_:letter}}, [{_ISO} #{{pid:number}}] {_LEVEL} -- : ",
    f"{{_:letter}}, [{_ISO} #{{pid:number}}] {_LEVEL} -- : [{{request_id:id}}] ",
    # https://github.com/sidekiq/sidekiq/wiki/Logging
    f"{_SIDEKIQ} {_LEVEL}: ",
    f"{_SIDEKIQ} class={{class:filled}} jid={{job_id:filled}} {_LEVEL}: ",
    f"{_SIDEKIQ} class={{class:filled}} jid={{job_id:filled}} elapsed={{elapsed:filled}} {_LEVEL}: ",
    # https://docs.python.org/3/library/logging.html#logging.basicConfig, Flask, Celery, loguru, uvicorn
    f"{_LEVEL}:{{logger:path}}:",
    f"[{_ISO}] {_LEVEL} in {{module:word}}: ",
    f"[{_ISO}: {_LEVEL}/{{process:path}}] ",
    f"[{_ISO}: {_LEVEL}/{{process:path}}] {{task:name}}[{{task_id:id}}]: ",
    f"{_ISO} | {_LEVEL} | {{module:path}}:{{function:function}}:{{source_line:number}} - ",
    f'{_LEVEL}: {{client:address}} - "{{request:quoted}}" {{status:number}} ',
    # https://zookeeper.apache.org/doc/current/zookeeperAdmin.html
    f"{_ISO} [{{context:square}}] - {_LEVEL} [{{thread:square}}:{{logger:path}}@{{source_line:number}}] - ",
    f"{_ISO} - {_LEVEL} [{{thread:square}}:{{logger:path}}@{{source_line:number}}] - ",
    # https://nightlies.apache.org/flink/flink-docs-stable/docs/deployment/advanced/logging/
    f"{_ISO} {_LEVEL} {{logger:path}} [{{marker:maybe}}] - ",
    # https://solr.apache.org/guide/solr/latest/deployment-guide/configuring-logging.html
    f"{_ISO} {_LEVEL} ({{thread:round}}) [{{context:square}}] {{logger:name}} ",
    # https://docs.wildfly.org/ (pattern-formatter), https://quarkus.io/guides/logging
    f"{_ISO} {_LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    f"{{timestamp:clock}} {_LEVEL} [{{logger:square}}] ({{thread:round}}) ",
    # https://tomcat.apache.org/tomcat-10.1-doc/logging.html, java.util.logging.SimpleFormatter
    f"{{timestamp:day_first}} {_LEVEL} [{{thread:square}}] {{logger:name}} ",
    f"{{timestamp:month_first}} {{logger:path}} {{function:function}}\n{_LEVEL}: ",
    # https://activemq.apache.org/components/classic/documentation/how-do-i-change-the-logging
    f"{_ISO} | {_LEVEL} | …| {{logger:path}} | {{thread:cell}}",
    # https://docs.rs/env_logger, https://docs.rs/tracing-subscriber
    f"[{_ISO} {_LEVEL} {{logger:path}}] ",
    f"{_ISO} {_LEVEL} {{span:word}}{{{{span_fields:curly}}}}: {{logger:path}}: ",
    f"{_ISO} {_LEVEL} {{logger:path}}[{{pid:number}}:{{thread:square}}] ",
    # https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter
    "{level:any_case}: {logger:path}[{event_id:number}] ",
    # https://github.com/sirupsen/logrus, https://github.com/rs/zerolog, the CloudWatch agent
    f"{_LEVEL}[{{elapsed:digits}}] ",
    f"{_LEVEL}[{_ISO}] ",
    f"{{timestamp:kitchen}} {_LEVEL} ",
    f"{{timestamp:kitchen}} {_LEVEL} {{source_file:file}}:{{source_line:number}} > ",
    f"{_ISO} {{level:letter}}! ",
    f"{_ISO} {{level:letter}}! [{{logger:square}}] ",
    # https://github.com/Seldaek/monolog, https://www.php.net/manual/en/errorfunc.configuration.php
    f"[{_ISO}] {{logger:path}}.{_LEVEL}: ",
    "[{timestamp:day_first}] PHP {level:php}: ",
    # https://redis.io/docs/latest/operate/oss_and_stack/management/
    "{pid:number}:{role:role} {timestamp:day_first} {level:mark} ",
    # https://docs.couchdb.org/en/stable/config/logging.html
    f"[{{level:any_case}}] {_ISO} {{node:filled}} <{{process:angle}}> {{request_id:filled}} ",
    # https://www.mongodb.com/docs/v4.2/reference/log-messages/
    f"{_ISO} {{level:letter}} {{component:upper}} [{{context:square}}] ",
)

KNOWN = tuple(sorted(_LAYOUTS, key=rank))
"""All of them, the most particular first."""
