/// Which directives of configurations go into a bundle, and how much of each: those that Headwater's own readers need.
///
/// This program and the script for hosts without it (`EvidenceScript`, in awk) use the same tables.
///
/// A rule is a number and letters. The number says how many arguments are kept, each without possible secrets. `*`
/// keeps all. `+` also keeps further arguments that `parameters` names. `i` keeps whether there is a condition. `u`:
/// the last argument is a URL, of which only scheme and authority are kept. `h`: host names. `s`: a variable and its
/// value. `f`: log formats. `l`: a location. `x`: nothing.
package enum EvidenceRules {
  /// The rules for HAProxy, by the first word of a line (`HAProxyConfigurationReader`).
  package static let haproxy = """
    global 0 defaults 3 frontend 3 backend 3 listen 3 peers 1 resolvers 1 userlist 1 mailers 1 cache 1 program 1 ring 1 \
    log-forward 1 log-profile 1 http-errors 1 fcgi-app 1 crt-store 1 traces 0 acme 1 namespace_list 0 dynamic-update 0 \
    bind 1+ server 2+ server-template 3+ default-server 0+ use_backend 1i default_backend 1 use-server 1i source 1+ mode 1 \
    stats 2+ chroot 1 unix-bind 2 .if 0 .elif 0 .else 0 .endif 0
    """
  /// Sections of HAProxy of which nothing is kept.
  package static let closedSections = """
    peers resolvers userlist mailers cache program ring log-forward log-profile http-errors fcgi-app crt-store traces acme \
    namespace_list dynamic-update
    """
  /// The rules for nginx, by the first word of a statement that ends with `;` (`NginxRouting`, `NginxScope`).
  package static let nginx = """
    include 1 listen 1+ server_name *h server 1+ access_log 2 log_format *f proxy_pass 1u grpc_pass 1u fastcgi_pass 1u \
    uwsgi_pass 1u scgi_pass 1u memcached_pass 1u return 2u set 2s root 1 ssl 1 ssl_preread 1 proxy_bind 1+ \
    set_real_ip_from 1 real_ip_header 1 real_ip_recursive 1
    """
  /// The rules for nginx, by the first word of a statement that ends with `{`.
  package static let nginxBlocks = """
    http 0 stream 0 server 0 upstream 1 location *l if *x limit_except *h map 2m geo 2m split_clients 2m
    """
  /// The rules for OpenVPN, by the first word of a line (`OpenVPNOption`).
  package static let openvpn = """
    status 2 status-version 1 management 3 management-client 0 management-client-auth 0 management-client-group 1 \
    management-client-user 1 management-external-cert 0 management-external-key 0 management-forget-disconnect 0 \
    management-query-passwords 0 management-query-proxy 0 management-query-remote 0 management-signal 0 \
    management-up-down 0 client-config-dir 1 ifconfig-pool-persist 2 server 3 server-ipv6 1 server-bridge 4 ifconfig 2 \
    ifconfig-ipv6 2 topology 1 dev 1 dev-type 1 port 1 lport 1 local 1 proto 1 mode 1 client 0 tls-client 0 tls-server 0 \
    pull 0 remote 3 chroot 1 cd 1 config 1 user 1 group 1 <connection> 0 </connection> 0
    """
  /// Arguments that are kept at any position behind the counted ones.
  package static let parameters = """
    ssl accept-proxy accept-netscaler-cip transparent v4v6 v6only send-proxy send-proxy-v2 send-proxy-v2-ssl \
    send-proxy-v2-ssl-cn backup disabled down http2 http3 quic default_server proxy_protocol udp reuseport
    """
  /// Arguments that are kept together with the word behind them.
  package static let valued = "level mode weight source usesrc interface namespace"
  /// Prefixes in front of an `@` that are no logins: HAProxy's address families.
  package static let families = """
    ipv4 ipv6 unix abns abnsz fd udp udp4 udp6 uxst uxdg tcp tcp4 tcp6 quic4 quic6 mptcp mptcp4 mptcp6 rhttp sockpair \
    stdout stderr
    """
  /// Parts of the names of nginx variables that say where nginx forwards to, and of those that do not.
  package static let leading = """
    scheme server port host upstream backend target origin pool node addr dest dst proxy forward app site service
    """
  package static let closed = "pass secret token key auth cred cookie jwt bearer sign session pwd"
  /// The variables that an nginx `map` may depend on so that its keys are names of sites.
  package static let requestedNames = "$ssl_preread_server_name $ssl_server_name $host $http_host"

  static func table(_ text: String) -> [String: String] {
    let words = text.split(separator: " ").map(String.init)
    return Dictionary(
      stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) }, uniquingKeysWith: { $1 })
  }

  static func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
