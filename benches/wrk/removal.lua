-- The removal of one session, again and again: the session stays, and the server answers "Removed" each time.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function init(arguments)
    local file = assert(io.open(arguments[1], "r"))
    wrk.body = file:read("*l")
    file:close()
end

function done(summary, latency, requests)
    local errors = summary.errors
    print("failed " .. errors.connect + errors.read + errors.write + errors.status + errors.timeout)
    print("answers " .. summary.requests)
    print("seconds " .. string.format("%.6f", summary.duration / 1e6))
end
