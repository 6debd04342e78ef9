/// A CDN's edge, played by nginx: it ends its visitors' TLS and asks the origin from other addresses of the CDN, with the
/// visitor's address in `CF-Connecting-IP`.
public struct EdgeNginx: Sendable {
  public let nginx: Nginx
  /// The folder with each site's own certificate, `lab-NAME.crt`, in the host.
  public static let certificates = "/etc/ssl"

  /// - Parameters:
  ///   - origin: the address of the origin, asked at port 443.
  ///   - sources: the host's addresses that the origin sees; which of them is chosen by the visitor's.
  ///   - keepsConnections: whether connections to the origin are used again for other visitors' requests.
  public init(
    on host: TestHost, address: String, sites: [String], origin: String, sources: [String], keepsConnections: Bool
  ) throws {
    var text = """
      access_log off;
      upstream origin { server \(origin):443; \(keepsConnections ? "keepalive 8;" : "") }
      split_clients $remote_addr $source {

      """
    for source in sources.dropFirst() { text += "  \(100 / sources.count)% \(source);\n" }
    text += "  * \(sources[0]);\n}\n"
    for site in sites {
      let (certificate, key) = try Nginx.certificate(for: site, on: host)
      text += """
        server {
          listen \(address):443 ssl;
          server_name \(site);
          ssl_certificate \(certificate);
          ssl_certificate_key \(key);
          location / {
            proxy_pass https://origin;
            proxy_bind $source;
            proxy_http_version 1.1;
            proxy_ssl_server_name on;
            proxy_ssl_name $host;
            proxy_set_header Connection "\(keepsConnections ? "" : "close")";
            proxy_set_header Host $host;
            proxy_set_header CF-Connecting-IP $remote_addr;
            proxy_set_header CF-Ray $request_id;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
          }
        }

        """
    }
    nginx = try Nginx(Nginx.configuration(http: text), on: host)
  }

  public func stop() { nginx.stop() }
}
