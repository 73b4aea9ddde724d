"""Texts with the words of "gone" or "refused" in them that mean something else, or leave it open."""

IN_TROUBLE = (
    (503, "Model acme-9 has been shut down by the autoscaler; waking takes about a minute"),
    (500, "Model acme-9 was terminated by the OOM killer"),
    (500, "Model acme-9 was removed from the routing pool after 3 failed health checks"),
    (503, "The model `acme-9` was removed from the routing pool after 3 failed health checks"),
    (503, "The model acme-9 is no longer served while we investigate an incident"),
    (503, "Model acme-9 has been turned off until Monday"),
    (500, "Model acme-9 was replaced by a canary build which failed to start"),
    (429, "Model acme-9 has been removed"),
    (502, "Model acme-9 is no longer available."),
    (529, "The model acme-9 was terminated."),
    (503, "The model acme-9 has been retired by the scheduler, a new worker is coming up"),
    (402, "Model acme-9 is no longer active since your subscription lapsed"),
    (402, "The model acme-9 has been discontinued."),
)
"""By status: what a provider in trouble, or one that wants money, says of its processes and lists."""

MORE_BEHIND = (
    (400, "The model acme-9 is no longer supported with temperature=0"),
    (400, "unsupported model: acme-9 does not accept images"),
    (400, 'Could not parse tool output: "the model has been removed"'),
    (400, "content blocked: The model acme-9 has been discontinued"),
    (404, "The model acme-9 is no longer available. It will be back tomorrow."),
    (404, "Model acme-9 not found. Your organization must be verified"),
    (404, "The model acme-9 was not found. The gateway is rebuilding its index."),
    (404, "The model acme-9 does not exist. Did you forget the /v1 in the URL?"),
    (404, "model 'acme-9' not found, try pulling it first"),
    (404, "Model acme-9 has been retired in the EU"),
    (400, "The model acme-9 is retired during peak hours"),
    (404, "No such model: acme-9. Check that you have accepted its licence"),
    (400, "Invalid model: temperature must be below 1"),
    (None, "Model acme-9 was terminated by the OOM killer"),
    (404, "The model acme-9 was removed until the audit is over"),
    (404, "Model acme-9 has been discontinued as a judge, and serves as before otherwise"),
    (404, "The model acme-9 does not exist. Use the new version of the API."),
    (404, "Model acme-9 not found. Please use /v1/responses instead."),
    (404, "The model acme-9 has been withdrawn since your agreement ended"),
    (400, 'Tool search failed: error 404: "page about the model" was deleted'),
    (404, "Model acme-9 is not available. Only customers in the EU may use this model."),
    (400, "The system prompt says: the model acme-9 has been decommissioned."),
)
"""By status: a clause, a further sentence, or somebody else's words around it."""

BESIDE_A_CODE = (
    ("model_not_found", "Accept the licence first"),
    ("model_not_found", "Only customers in the EU may use this"),
    ("model_not_found", "invalid request path"),
    ("model_not_found", "The model acme-9 was not found. The gateway is rebuilding its index."),
    ("model_not_available", "Sold out, come back at 18:00"),
    ("model_not_available", "acme-9 sleeps, the first request wakes it"),
    ("model_deprecated", "acme-9 retires on 2027-05-01; this is a warning"),
    ("model_decommissioned", "acme-9 leaves the beta next week"),
    ("invalid_model", "choose a voice"),
    (
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last "
        "5 minutes, please wait a moment and try again.",
    ),
)
"""By code: a sentence beside it that doesn't say so."""

REFUSED_OTHERWISE = (
    "You do not have access to the model acme-9 from this IP address",
    "Access to model acme-9 is restricted for 10 minutes after too many failed requests",
    "You are not allowed to use model acme-9 with max_tokens above 4096",
    "You do not have access to model logs",
    "You do not have access to the logs of model acme-9",
    "You do not have permission to access the model's weights bucket",
    "Access to model acme-9 is denied: clock skew in your signature",
    "You do not have access to model acme-9, please accept the new terms",
    "You do not have access to the model acme-9. Please accept the new terms.",
    "You are not permitted to use the model acme-9 while an audit is running",
    "Without two factors you do not have access to the model acme-9",
    "Your key does not have permission to use model acme-9 tools",
)
