extension LogFixture {
  /// One of each format, by the programs' documentation and what they wrote.
  static let all: [LogFixture] = [
    LogFixture(format: "combined", title: "nginx, Apache: combined", line: combined, site: nil),
    LogFixture(
      format: "combined", title: "nginx main: X-Forwarded-For last",
      line: { "172.18.0.2\(combined($0).dropFirst(client.count)) \"\(client)\"" }, site: nil),
    LogFixture(
      format: "combined", title: "X-Forwarded-For first, a list",
      line: { "\(client), 10.0.0.1 \(combined($0).dropFirst(client.count + 1))" }, site: nil),
    LogFixture(
      format: "common", title: "Apache, Tomcat: common",
      line: { "\(client) - - [\(common($0))] \"\(request())\" 200 512" }, site: nil),
    LogFixture(
      format: "common", title: "Apache: common with %D",
      line: { "\(client) - - [\(common($0))] \"\(request())\" 200 512 1234" }, site: nil),
    LogFixture(
      format: "vhost_combined", title: "Apache: vhost_combined", line: { "git.example.com:443 \(combined($0))" }),
    LogFixture(
      format: "vhost_combined", title: "lighttpd",
      line: { "\(client) git.example.com - \(combined($0).dropFirst(client.count + 5))" }),
    LogFixture(
      format: "vhost_combined", title: "varnishncsa",
      line: {
        "\(client) - - [\(common($0))] \"GET http://git.example.com/api/v1?token=SECRET HTTP/1.1\" 200 512 \"-\" \"M\""
      }),
    LogFixture(
      format: "combined", title: "Kong", line: { "\(combined($0)) kong_request_id: \"1f0c2b7e9a\"" }, site: nil),
    LogFixture(
      format: "vhost_combined", title: "APISIX",
      line: {
        "\(client) - - [\(common($0))] git.example.com \"\(request())\" 200 512 0.003 \"-\" \"curl\" 10.0.0.7:80 200 0.002 \"http://git.example.com/api/v1?token=SECRET\""
      }),
    LogFixture(
      format: "ingress_nginx", title: "ingress-nginx",
      line: { "\(combined($0)) 120 0.004 [web-git-80] [] 10.244.0.9:3000 512 0.004 200 04f1619cfb5e" },
      site: "web-git-80"),
    LogFixture(
      format: "traefik_clf", title: "Traefik: CLF",
      line: { "\(combined($0)) 7 \"git@docker\" \"http://172.17.0.3:80\" 2ms" }, site: "git@docker"),
    LogFixture(
      format: "ssl_request", title: "Apache: ssl_request_log",
      line: { "[\(common($0))] \(client) TLSv1.3 TLS_AES_256_GCM_SHA384 \"\(request())\" 512" }, lacks: [.status],
      site: nil),
    LogFixture(
      format: "npm_proxy", title: "Nginx Proxy Manager: proxy",
      line: {
        "[\(common($0))] - 200 200 - GET https git.example.com \"/api/v1?token=SECRET\" [Client \(client)] [Length 512] [Gzip -] [Sent-to git] \"M\" \"-\""
      }),
    LogFixture(
      format: "npm_standard", title: "Nginx Proxy Manager: standard",
      line: {
        "[\(common($0))] 200 - GET https git.example.com \"/api/v1?token=SECRET\" [Client \(client)] [Length 512] [Gzip -] \"M\" \"-\""
      }),
    LogFixture(
      format: "haproxy_http", title: "HAProxy: httplog",
      line: {
        "\(client):50\(pad($0)) [28/Nov/2026:\(clock($0)).000] web~ be/node 0/0/0/3/4 200 512 - - ---- 1/1/0/0/0 0/0 {git} \"GET https://git.example.com/api/v1?token=SECRET HTTP/2.0\""
      }),
    LogFixture(
      format: "haproxy_tcp", title: "HAProxy: tcplog",
      line: { "\(client):50\(pad($0)) [28/Nov/2026:\(clock($0)).000] web be/node 1/0/3 512 -- 1/1/0/0/0 0/0" },
      lacks: [.status, .path], site: "web"),
    LogFixture(
      format: "envoy_text", title: "Envoy",
      line: {
        "[2026-11-28T\(clock($0)).000Z] \"\(request())\" 200 - 0 512 30 15 \"\(client), 10.42.0.1\" \"M\" \"id\" \"git.example.com\" \"10.0.0.4:80\""
      }),
    LogFixture(
      format: "envoy_json", title: "Envoy: JSON",
      line: {
        #"{":authority":"git.example.com","bytes_sent":512,"downstream_remote_address":"\#(client):5000","duration":11,"method":"GET","response_code":200,"response_flags":"-","start_time":"\#(iso($0))","x-envoy-origin-path":"/api/v1?token=SECRET"}"#
      }),
    LogFixture(
      format: "traefik_json", title: "Traefik: JSON",
      line: {
        #"{"ClientAddr":"172.17.0.1:3949","ClientHost":"\#(client)","DownstreamContentSize":512,"DownstreamStatus":200,"Duration":357313,"RequestHost":"git.example.com","RequestMethod":"GET","RequestPath":"/api/v1?token=SECRET","StartUTC":"\#(iso($0))","entryPointName":"http"}"#
      }),
    LogFixture(
      format: "caddy_json", title: "Caddy: JSON, the visitor in a header",
      line: {
        #"{"level":"info","ts":\#(start + $0).0,"logger":"http.log.access","request":{"remote_ip":"10.0.0.2","client_ip":"10.0.0.2","method":"GET","host":"git.example.com","uri":"/api/v1?token=SECRET","headers":{"Cookie":["SECRET"],"X-Forwarded-For":["\#(client)"]}},"duration":0.2,"size":512,"status":200,"resp_headers":{}}"#
      }),
    LogFixture(
      format: "caddy_json", title: "Caddy: console",
      line: {
        "2026/11/28 \(clock($0)).000\t\u{1b}[34mINFO\u{1b}[0m\thttp.log.access.log0\thandled request\t"
          + #"{"request":{"remote_ip":"\#(client)","method":"GET","host":"git.example.com","uri":"/api/v1?token=SECRET"},"size":512,"status":200}"#
      }),
    LogFixture(
      format: "squid", title: "Squid",
      line: {
        "\(start + $0).000      4 \(client) TCP_MISS/200 512 GET http://git.example.com/api/v1? - HIER_DIRECT/10.99.1.1 text/html"
      }),
    LogFixture(
      format: "aws_alb", title: "AWS ALB",
      line: {
        "https 2026-11-28T\(clock($0)).000000Z app/lb/1 \(client):5000 10.0.0.1:80 0.000 0.001 0.000 200 200 34 512 \"GET https://git.example.com:443/api/v1?token=SECRET HTTP/1.1\" \"M\" ECDHE TLSv1.2 arn:tg \"Root=1-5\" \"git.example.com\" \"arn:cert\" 0 \(iso($0)) \"forward\""
      }),
    LogFixture(
      format: "aws_elb", title: "AWS ELB (classic)",
      line: {
        "2026-11-28T\(clock($0)).000000Z my-lb \(client):5000 - -1 -1 -1 200 0 0 512 \"GET http://git.example.com:80/api/v1?token=SECRET HTTP/1.1\" \"M\" - -"
      }),
    LogFixture(
      format: "aws_nlb", title: "AWS NLB",
      line: {
        "tls 2.0 2026-11-28T\(clock($0)) net/lb/1 listener \(client):5000 10.0.0.1:443 5 2 98 512 - arn:cert - ECDHE tlsv12 - git.example.com h2 - - -"
      }, lacks: [.status, .path]),
    LogFixture(
      format: "aws_s3", title: "AWS S3",
      line: {
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket [\(common($0))] \(client) - 3E57427F REST.GET.OBJECT api/v1 \"\(request())\" 200 - 512 512 7 6 \"-\" \"S3Console\" -"
      }, site: "bucket"),
    LogFixture(
      format: "cloudfront", title: "AWS CloudFront",
      line: {
        "2026-11-28\t\(clock($0))\tFRA2\t512\t\(client)\tGET\td111.cloudfront.net\t/api/v1\t200\t-\tM\ttoken=SECRET\tsession=SECRET\tHit\tid\tgit.example.com\thttps\t23\t0.001\t-"
      },
      head:
        "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for"
    ),
    LogFixture(
      format: "iis", title: "IIS",
      line: { "2026-11-28 \(clock($0)) 10.0.0.2 GET /api/v1 token=SECRET 443 - \(client) M - 200 0 0 12" },
      lacks: [.bytes], site: nil),
    LogFixture(
      format: "iis", title: "IIS, its own columns",
      line: { "2026-11-28 \(clock($0)) \(client) 512 200 token=SECRET /api/v1 GET git.example.com" },
      head: "#Fields: date time c-ip sc-bytes sc-status cs-uri-query cs-uri-stem cs-method cs-host"),
    LogFixture(
      format: "cloudflare", title: "Cloudflare Logpush",
      line: {
        #"{"ClientIP":"\#(client)","ClientRequestHost":"git.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/api/v1?token=SECRET","EdgeResponseBytes":512,"EdgeResponseStatus":200,"EdgeStartTimestamp":\#(start + $0)000000000,"RayID":"8b1"}"#
      }),
    LogFixture(
      format: "google_lb", title: "Google load balancer",
      line: {
        #"{"httpRequest":{"latency":"0.058927s","remoteIp":"\#(client)","requestMethod":"GET","requestUrl":"https://git.example.com/api/v1?token=SECRET","responseSize":"512","status":200,"userAgent":"M"},"severity":"INFO","timestamp":"\#(iso($0))"}"#
      }),
    LogFixture(
      format: "azure_lb", title: "Azure Application Gateway",
      line: {
        #"{"timeStamp":"\#(iso($0))","category":"ApplicationGatewayAccessLog","properties":{"clientIP":"\#(client)","clientPort":-,"httpMethod":"GET","requestUri":"/api/v1","requestQuery":"token=SECRET","userAgent":"M","httpStatus":200,"sentBytes":512,"host":"git.example.com"}}"#
      }),
    LogFixture(
      format: "json", title: "Elastic Common Schema",
      line: {
        #"{"@timestamp":"\#(iso($0))","http":{"request":{"method":"GET"},"response":{"status_code":200,"body":{"bytes":512}}},"url":{"path":"/api/v1","query":"token=SECRET","domain":"git.example.com"},"source":{"ip":"\#(client)"},"user_agent":{"original":"M"}}"#
      }),
    LogFixture(
      format: "php_fpm", title: "php-fpm", line: { "\(client) -  \(common($0)) \"GET /api/v1?token=SECRET\" 200" },
      lacks: [.bytes],
      site: nil),
    LogFixture(
      format: "zoraxy", title: "Zoraxy",
      line: {
        "[2026-11-28 \(clock($0)).000000] [router:host-http] [origin:git.example.com] [client: \(client)] [useragent: M [x]] GET /api/v1?token=SECRET 200"
      }, lacks: [.bytes]),
    LogFixture(
      format: "uvicorn", title: "uvicorn, by docker logs -t",
      line: { "\(iso($0)) INFO:     \(client):5000 - \"\(request())\" 200 OK" }, lacks: [.bytes], site: nil),
    LogFixture(
      format: "uvicorn", title: "uvicorn, without any time",
      line: { _ in "INFO:     \(client):5000 - \"\(request())\" 200 OK" },
      isUntimed: true),
    LogFixture(
      format: "logfmt", title: "Heroku's router",
      line: {
        "\(iso($0)) heroku[router]: at=info method=GET path=\"/api/v1?token=SECRET\" host=git.example.com request_id=8601 fwd=\"\(client)\" dyno=web.1 connect=0ms service=10ms status=200 bytes=512 protocol=https"
      }),
    LogFixture(
      format: "logfmt", title: "logfmt",
      line: {
        "time=\"\(iso($0))\" level=info msg=\"request\" remote_addr=\(client):5000 host=git.example.com method=GET path=/api/v1?token=SECRET status=200 bytes=512 duration=1.2ms"
      }),
    LogFixture(
      format: "gin", title: "Gin",
      line: {
        "[GIN] 2026/11/28 - \(clock($0)) | 200 |     1.204ms |    \(client) | GET      \"/api/v1?token=SECRET\""
      }, lacks: [.bytes], site: nil),
    LogFixture(
      format: "rails", title: "Ruby on Rails",
      line: {
        "I, [2026-11-28T\(clock($0)).123456 #1234]  INFO -- : [7c9e-4f] Started GET \"/api/v1?token=SECRET\" for \(client) at 2026-11-28 \(clock($0)) +0000"
      }, lacks: [.status, .bytes], site: nil),
    LogFixture(
      format: "nginx_error", title: "nginx: error log",
      line: {
        "2026/11/28 \(clock($0)) [error] 16868#16868: *\($0) connect() failed (111: Connection refused), client: \(client), server: _, request: \"\(request())\", upstream: \"http://10.99.1.1:9/api/v1?token=SECRET\", host: \"git.example.com\""
      }, lacks: [.status, .bytes]),
    LogFixture(
      format: "apache_error", title: "Apache: error log",
      line: {
        "[Sat Nov 28 \(clock($0)).000000 2026] [core:info] [pid 16874:tid 16880] [client \(client):39626] AH00128: File does not exist: /x, referer: http://h/?token=SECRET"
      }, lacks: [.status, .bytes, .path], site: nil),
    LogFixture(
      format: "dnsmasq", title: "dnsmasq, Pi-hole",
      line: { "Nov 28 \(clock($0)) dnsmasq[9258]: query[A] git.example.com from \(client)" }, lacks: [.status, .bytes],
      path: "A"),
    LogFixture(
      format: "unbound", title: "unbound",
      line: { "[\(start + $0)] unbound[9264:0] info: \(client) git.example.com. A IN" }, lacks: [.status, .bytes],
      path: "A"),
    LogFixture(
      format: "bind", title: "bind",
      line: {
        "28-Nov-2026 \(clock($0)).000 queries: info: client @0x7f05 \(client)#38615 (git.example.com): query: git.example.com IN A + (10.99.1.1)"
      }, lacks: [.status, .bytes], path: "A"),
    LogFixture(
      format: "coredns", title: "CoreDNS, by CRI",
      line: {
        "\(iso($0)) stdout F [INFO] \(client):40312 - 29008 \"A IN git.example.com. udp 41 false 4096\" NOERROR qr,rd 68 0.037s"
      }, lacks: [.status, .bytes], path: "A"),
    LogFixture(
      format: "adguard", title: "AdGuard Home",
      line: {
        #"{"T":"\#(iso($0))","QH":"git.example.com","QT":"A","QC":"IN","CP":"","IP":"\#(client)","Elapsed":123}"#
      },
      lacks: [.status, .bytes], path: "A"),
  ]
}
