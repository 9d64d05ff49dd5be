"""Telling other systems: signed webhooks, and what a consumer needs to trust them.

secrets         what webhooks are signed with
signing         signatures as Standard Webhooks has them
bodies          what a webhook says, and reading it again
schemas         the same as JSON Schema
patterns        which events an endpoint is told of
addresses       where a webhook may be sent
pinned          connections to checked addresses only
endpoint        one endpoint: where, what, signed with what
letters         one attempt: headers and body; told_of_alerts for who asks for more
posting         one attempt on the network
schedule        what an answer means, and when to ask again
cursor          how far an endpoint is, and how it fares
breaker         what an answer makes of a cursor
lane            one endpoint at work
ledger          writing down how all of them stand
courier         all endpoints of a deployment

receiver        for consumers: verified, once, typed
seen            what a receiver has taken already
"""
