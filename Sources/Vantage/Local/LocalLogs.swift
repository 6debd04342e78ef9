internal import Clues
internal import Flows
internal import LinuxSystem

/// The access logs of the proxies and web servers that run here, in containers too: nginx's by its configuration, those of
/// others by the files that they hold open.
struct LocalLogs {
  private let files = ProcessFiles()

  /// What other servers' processes are called, and what we call the software.
  private static let servers = [
    "apache2": "apache", "httpd": "apache", "caddy": "caddy", "traefik": "traefik", "envoy": "envoy",
    "lighttpd": "lighttpd", "varnishncsa": "varnish",
  ]

  /// - Parameter owner: gives a process with its container.
  func find(owner: (Int32) -> Owner?) -> (logs: [FoundLog], notes: [String]) {
    var logs: [FoundLog] = []
    var notes: [String] = []
    guard let pids = try? files.allPIDs() else { return ([], ["the processes of this host cannot be listed"]) }
    var seen: Set<Spot> = []
    func add(_ log: FoundLog) {
      let root = log.container?.id ?? (files.rootDirectory(log.process.pid) ?? "/")
      if seen.insert(Spot(root: root, path: log.path)).inserted { logs.append(log) }
    }
    for pid in pids {
      guard let name = files.stat(pid)?.name, name == "nginx" || Self.servers[name] != nil || name == "openresty"
      else { continue }
      guard let owner = owner(pid), let process = owner.process else { continue }
      if NginxInvocation.isNginx(process) {
        // Workers have the configuration of their master.
        guard process.parents?.first.map({ $0.name != process.name }) ?? true else { continue }
        let (found, problems) = nginx(process, owner.container)
        found.forEach(add)
        if found.isEmpty, let log = output(of: process, owner.container, "nginx") { add(log) }
        notes += problems
      } else if let software = Self.servers[name] {
        do throws(SystemError) {
          let open = try files.openFiles(pid).filter { Self.isAccessLog($0.path) }
          if open.isEmpty, let log = output(of: process, owner.container, software) { add(log) }
          for file in open {
            add(
              FoundLog(
                process: process, container: owner.container, software: software, path: file.path,
                file: self.file(file.path, of: pid), access: .process(pid)))
          }
        } catch {
          notes.append("the open files of \(name) (pid \(pid)): \(error)")
        }
      }
    }
    return (logs, notes)
  }

  private struct Spot: Hashable {
    let root: String
    let path: String
  }

  /// Where we find what process `pid` calls `path`.
  private func file(_ path: String, of pid: Int32) -> String {
    let isOurs = (try? FileIdentity(of: "/proc/\(pid)/ns/mnt")) == (try? FileIdentity(of: "/proc/self/ns/mnt"))
    return isOurs && files.rootDirectory(pid) == "/" ? path : "/proc/\(pid)/root\(path)"
  }

  /// What a container writes to its standard output, as Docker keeps it: where web servers in containers log by default.
  private func output(of process: Process, _ container: Container?, _ software: String) -> FoundLog? {
    guard let container, container.runtime == "docker" else { return nil }
    let file = "/var/lib/docker/containers/\(container.id)/\(container.id)-json.log"
    guard (try? StreamFacts(of: file))?.kind == .regular else { return nil }
    return FoundLog(
      process: process, container: container, software: software, path: "/dev/stdout", file: file, access: .own)
  }

  private static func isAccessLog(_ path: String) -> Bool {
    let name = path.split(separator: "/").last?.lowercased() ?? ""
    return name.contains("access") && !name.hasSuffix("(deleted)")
  }

  private func nginx(_ process: Process, _ container: Container?) -> (logs: [FoundLog], notes: [String]) {
    guard let invocation = (try? NginxInvocation(of: process.pid, in: files)) ?? nil else {
      return ([], ["the configuration of nginx (pid \(process.pid)) is not to be seen"])
    }
    let root = invocation.root(in: files)
    let configuration = NginxConfiguration(invocation, in: root)
    let access = invocation.pid.map { FileAccess.process($0) } ?? .careful
    let routing = NginxRouting(configuration)
    let isManaged = NginxProxyManagerHosts.made(configuration)
    let hosts = isManaged ? NginxProxyManagerHosts(in: root) : nil
    var byPath: [String: FoundLog] = [:]
    var order: [String] = []
    for server in routing.servers {
      for log in server.logs + server.routes.flatMap(\.logs)
      where log.path.hasPrefix("/") && !log.path.contains("$") && !log.path.hasPrefix("/dev/") {
        let names = server.names.filter { !$0.isEmpty && $0 != "_" }
        if byPath[log.path] == nil {
          order.append(log.path)
          byPath[log.path] = FoundLog(
            process: process, container: container, software: isManaged ? "nginx-proxy-manager" : "nginx",
            path: log.path, file: file(log.path, of: invocation.pid ?? process.pid), access: access,
            id: hosts?.host(of: server)?.id,
            format: routing.logFormats.last { $0.name == log.format && $0.isStream == server.isStream }?.text)
        }
        for name in names where byPath[log.path]?.sites.contains(name) == false {
          byPath[log.path]?.sites.append(name)
        }
      }
    }
    return (order.compactMap { byPath[$0] }, configuration.problems.prefix(3).map(\.description))
  }
}
