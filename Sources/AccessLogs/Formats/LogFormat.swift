/// A format of access logs.
public enum LogFormat: String, CaseIterable, Sendable {
  /// nginx and Apache: `client - user [time] "request" status bytes "referer" "agent"`.
  case combined
  /// The same without referer and agent.
  case common
  /// Apache's `vhost_combined`: the combined format with the site and its port before it.
  case vhostCombined = "vhost_combined"
  /// Kubernetes' ingress-nginx: the combined format, then the upstream.
  case ingress = "ingress_nginx"
  /// Nginx Proxy Manager's `proxy`.
  case proxyManagerProxy = "npm_proxy"
  /// Nginx Proxy Manager's `standard`.
  case proxyManagerStandard = "npm_standard"
  /// Nginx Proxy Manager's `stream`.
  case proxyManagerStream = "npm_stream"
  case traefikCommon = "traefik_clf"
  case traefikJSON = "traefik_json"
  case caddyJSON = "caddy_json"
  case envoyJSON = "envoy_json"
  /// Envoy's default format, and Istio's longer one.
  case envoyText = "envoy_text"
  case haproxyHTTP = "haproxy_http"
  case haproxyTCP = "haproxy_tcp"
  /// JSON of another program, understood by the names of its members.
  case json
  /// A `log_format` that was given.
  case custom
}
