"""The CloudFormation stack: the template, the zips it needs, and the API calls that deploy, watch and delete it.

`template.yml` and the two buildspecs stand beside the code that reads them. May import no other room.
"""
