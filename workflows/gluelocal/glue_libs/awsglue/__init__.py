"""The part of awsglue that runs outside of Glue. `GlueContext` and `Job` need Glue's jars in the real package too."""
