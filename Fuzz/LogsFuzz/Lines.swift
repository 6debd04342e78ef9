import AccessLogs

let nasty: [[UInt8]] = [
  [0], [0xFF], [0xC3, 0x28], [10], [13, 10], Array("99999999999999999999".utf8), Array("-".utf8), Array("\"".utf8),
  Array("\\\"".utf8), Array("\\".utf8), Array("[".utf8), Array("]".utf8), Array("[[[[".utf8), Array("{\"log\":\"".utf8),
  Array("{".utf8), Array("}".utf8), Array("\\u0000".utf8), Array(" - - [".utf8), Array("1e99".utf8), Array("%3F".utf8),
]

/// Small enough that keys are forgotten all the time.
var smallLimits: LogLimits {
  var limits = LogLimits()
  limits.sites = 140
  limits.clients = 140
  limits.paths = 140
  limits.visits = 140
  limits.agents = 140
  limits.upstreams = 140
  limits.times = 600
  limits.timesEach = 60
  return limits
}

let customFormats = [
  "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"",
  "$msec $host $remote_addr $upstream_addr $upstream_status ${request_time}s $request",
  "{\"t\":\"$time_iso8601\",\"c\":\"$http_x_forwarded_for\",\"u\":\"$request_uri\"}", "$remote_addr$time_local",
]

let lines = [
  #"192.0.2.1 - bob [04/Jan/2020:07:25:02 +0000] "GET /a?b=c HTTP/1.1" 404 522 "-" "Go-http-client/1.1""#,
  #"www.example.net:80 192.0.2.1 - - [08/Jun/2020:08:04:43 -0230] "POST /%3Fx;y HTTP/1.1" 500 803 "-" "a \"b\"""#,
  #"192.0.2.1 - - [04/Jan/2020:07:25:02 +0000] "GET http://u:p@h/x HTTP/1.1" 200 1 "-" "-" 5 "r@docker" "http://1.2.3.4:80" 7ms"#,
  #"192.0.2.5 - - [24/Aug/2021:09:52:13 +0000] "GET / HTTP/1.1" 200 13 "-" "M" 502 0.001 [d-5678] [] 192.0.2.7:5678 13 0.000 200 04f1"#,
  #"[24/Jan/2022:16:51:02 +0000] - 502, 503, 200 200 - GET http a.local "/x" [Client ::1] [Length 192] [Gzip 3.10] [Sent-to [fd00::1]] "M" "-""#,
  #"[24/Jan/2022:13:40:19 +0000] 444 - GET https 192.0.2.1 "/.env" [Client 192.0.2.89] [Length 0] [Gzip -] "M" "-""#,
  #"[24/Jan/2022:13:40:19 +0000] [Client 192.0.2.1:5] TCP 200 10 20 1.5 [Sent-to 192.0.2.2:80] [Sent 1] [Received 2] [Time 1.5] - -"#,
  #"192.0.2.129:14853 [14/Jan/2015:12:48:57.127] https~ be/node 170/0/0/3/173 200 739 - - --NN 0/0/0/0/0 0/0 {h} "GET /x HTTP/1.1""#,
  #"<134>Jan 14 12:48:57 lb haproxy[77]: 2001:db8::1:14853 [14/Jan/2015:12:48:57.127] tcp be/<NOSRV> -1/-1/+5 0 SC 0/0/0/0/0 0/0"#,
  #"[2026-01-24T01:37:00.000Z] "GET /api HTTP/1.1" 200 - via_upstream - "-" 0 512 30 15 "192.0.2.1, 10.42.0.1" "M" "id" "h" "tcp://[fd00::1]:8080" a b c 192.0.2.9:5"#,
  #"2025-12-31T17:37:40.493035218+01:00 stdout F {":authority":"w","bytes_sent":1,"downstream_remote_address":"[::1]:2","duration":11,"method":"GET","response_code":200,"response_flags":"-","start_time":"2025-12-31T16:37:40.479Z","x-envoy-origin-path":"/a"}"#,
  #"{"ts":1693840791.7564995,"request":{"remote_ip":"172.17.0.1","client_ip":"127.0.0.1","method":"GET","host":"h:8080","uri":"/","headers":{"User-Agent":["c"]}},"duration":0.000002701,"size":0,"status":0,"resp_headers":{}}"#,
  #"{"log":"192.0.2.1 - - [24/Aug/2021:09:52:13 +0000] \"GET / HTTP/1.1\" 200 13 \"-\" \"M\"\n","stream":"stdout"}"#,
  #"{"ClientAddr":"172.17.0.1:39496","ClientHost":"1.1.1.1, 2.2.2.2","DownstreamStatus":200,"Duration":357313,"RequestHost":"t","RequestMethod":"GET","RequestPath":"/5?x","StartUTC":"2021-12-08T14:02:43.587782192Z","RouterName":"r"}"#,
]
