public import Flows
public import LinuxSystem

/// An access log that a proxy or web server of this host writes.
public struct FoundLog: Hashable, Sendable {
  /// The process that writes the log; `path` is inside its root.
  public var process: Process
  public var container: Container?
  /// The program's software: `nginx`, `nginx-proxy-manager`, `apache2`, …
  public var software: String
  /// The log's path inside the process's own root.
  public var path: String
  /// The path by which this program reads it: `/proc/811/root/data/logs/access.log`.
  public var file: String
  /// The rights with which the log is read: those of the process that named it.
  public var access: FileAccess
  /// The sites that log there; empty if only the lines say so.
  public var sites: [String]
  /// The number of the host in Nginx Proxy Manager; nil for other software.
  public var id: Int?
  /// The text of nginx's `log_format`; nil if the configuration does not say.
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
