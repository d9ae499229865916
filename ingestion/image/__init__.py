"""The image of the stack's builds: its Dockerfile, its locked packages, and the script that a container runs.

May import `cli`, `stack` and `warehouse`, but only what needs no other package than those of `requirements.lock`.
"""
