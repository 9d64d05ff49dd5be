"""From search results to alerts, and from alerts to what people decide: pure rules, without clock or I/O.

rule          whether searches of one track make an alert: threshold, corroboration, one for one pass
blue_list     the same for volunteers, whose passes are measured
case          an alert as it stands, and what somebody may do with it: values
adjudication  the state machine; its table and checks are in permitted, what follows a step in steps
outcomes      what came of it, in words that different days share
escalation    when nobody has looked in time
queue         in which order alerts are looked at
"""
