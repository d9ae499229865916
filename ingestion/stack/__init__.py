"""The CloudFormation stack: its template, the zips it needs, and the API calls that deploy, operate and delete it.

`template.yml` and the two buildspecs are next to the code that reads them. May import no other room.
"""
