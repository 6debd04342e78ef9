public import Flows
public import LinuxSystem

/// An access log that a proxy or web server of this host writes.
public struct FoundLog: Hashable, Sendable {
  /// Who writes it; its root is where `path` is to be looked up.
  public var process: Process
  public var container: Container?
  /// `nginx`, `nginx-proxy-manager`, `apache2`, …
  public var software: String
  /// Inside the process's own root.
  public var path: String
  /// Where this process finds it: `/proc/811/root/data/logs/access.log`.
  public var file: String
  /// With whose rights it is read: those of the process that named it.
  public var access: FileAccess
  /// The names of the sites that log there; empty where only its lines tell.
  public var sites: [String]
  /// The number of Nginx Proxy Manager's host.
  public var id: Int?
  /// The text of nginx's `log_format`, where the configuration says which.
  public var format: String?

  public init(
    process: Process, container: Container? = nil, software: String, path: String, file: String, access: FileAccess,
    sites: [String] = [], id: Int? = nil, format: String? = nil
  ) {
    self.process = process
    self.container = container
    self.software = software
    self.path = path
    self.file = file
    self.access = access
    self.sites = sites
    self.id = id
    self.format = format
  }
}
