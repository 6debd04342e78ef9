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
  #"1796009186.993      4 10.99.1.2 TCP_MISS/200 297 GET http://h/i.html?x - HIER_DIRECT/10.99.1.1 text/html"#,
  #"https 2026-11-28T02:38:07.000000Z app/lb/1 203.0.113.7:5000 10.0.0.1:80 0.000 0.001 0.000 200 200 34 512 "GET https://h:443/a?b HTTP/1.1" "M" E T arn:tg "R" "h" "arn:c" 0 2026-11-28T02:38:07Z "forward""#,
  #"2026-11-28T02:38:07.000000Z my-lb 203.0.113.7:5000 - -1 -1 -1 200 0 0 512 "GET http://h:80/a?b HTTP/1.1" "M" - -"#,
  #"tls 2.0 2026-11-28T02:38:07 net/lb/1 l 203.0.113.7:5000 10.0.0.1:443 5 2 98 512 - arn:c - E t - h h2 - - -"#,
  #"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be b [28/Nov/2026:02:38:07 +0000] 203.0.113.7 - 3E REST.GET.OBJECT k "GET /k?x HTTP/1.1" 200 - 512 512 7 6 "-" "S3" -"#,
  #"#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status cs(Host) x-forwarded-for"#,
  #"2026-11-28 02:38:07 203.0.113.7 GET /a t=1 200 h 10.0.0.1"#,
  #"2026-11-28 02:38:56 10.0.0.2 GET /api t=1 443 - 203.0.113.7 M - 200 0 0 12"#,
  #"{"ClientIP":"203.0.113.7","ClientRequestHost":"h","ClientRequestMethod":"GET","ClientRequestURI":"/a?b","EdgeStartTimestamp":1795833480000000000,"RayID":"8"}"#,
  #"{"httpRequest":{"latency":"0.05s","remoteIp":"203.0.113.7","requestMethod":"GET","requestUrl":"https://h/a?b","responseSize":"512","status":200},"timestamp":"2026-11-28T02:38:07Z"}"#,
  #"{"records":[{"time":"2026-11-28T02:38:07Z","properties":{"clientIP":"203.0.113.7","clientPort":-,"httpMethod":"GET","requestUri":"/a"}},{"time":""}]}"#,
  #"{"@timestamp":"2026-11-28T02:38:07Z","http":{"request":{"method":"GET"},"response":{"body":{"bytes":5}}},"url":{"path":"/a"},"source":{"ip":"203.0.113.7"}}"#,
  #"{"__REALTIME_TIMESTAMP":"1795833480000000","MESSAGE":[50,48,51,46,48,46,49,49,51,46,55,32,45,32,45,32,91]}"#,
  #"{"message":"{\"log\":\"203.0.113.7 - - [28/Nov/2026:02:38:07 +0000] \\\"GET / HTTP/1.1\\\" 200 1\"}","@timestamp":"2026-11-28T02:38:07Z"}"#,
  #"[2026-11-30 03:27:10.123456] [router:r] [origin:h] [client: 203.0.113.7] [useragent: U]] GET /x?y 200"#,
  #"[28/Nov/2026:02:38:07 +0000] 203.0.113.7 TLSv1.3 X "GET /x HTTP/1.1" 512"#,
  #"203.0.113.7 -  28/Nov/2026:02:38:07 +0000 "GET /i.php?x" 200"#,
  #"web-1  | Nov 28 02:38:07 web1 app[7]: INFO:     203.0.113.7:5 - "GET /x?a HTTP/1.1" 200 OK"#,
  #"2026/11/30 03:27:10 [error] 1#1: *2 m, client: 203.0.113.7, server: s, request: "GET /u?t HTTP/1.1", upstream: "http://1.2.3.4:9/u?t", host: "h""#,
  #"[Mon Nov 30 03:27:10.516726 2026] [core:info] [pid 1:tid 2] [client 203.0.113.7:39626] AH00128: x"#,
  #"Nov 30 03:26:23 dnsmasq[9]: 1 10.0.0.1/5 query[A] x.example from 203.0.113.7"#,
  #"[1796009186] unbound[9:0] info: 203.0.113.7 x.example. A IN NOERROR 0.000000 1 43"#,
  #"30-Nov-2026 03:27:10.473 queries: info: client @0x7 203.0.113.7#3 (x): query: x IN A + (10.0.0.1)"#,
  #"2026-11-28T02:38:07Z stdout P [INFO] 203.0.113.7:4 - 2 "A IN x. udp 41 false 4096" NOERROR qr 68 0.03s"#,
  #"203.0.113.7, 10.0.0.1 - - [28/Nov/2026:02:38:07 +0000] h "GET / HTTP/1.1" 200 5 0.1 "-" "M" "203.0.113.8" host="h.example""#,
]
