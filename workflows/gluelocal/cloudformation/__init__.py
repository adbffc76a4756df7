"""The CloudFormation calls that deploying needs: stacks, change sets, events and drift."""
