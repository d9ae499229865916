"""The stack of infra/template.yml from the command line: deploy, status, start, stop, env, destroy."""
