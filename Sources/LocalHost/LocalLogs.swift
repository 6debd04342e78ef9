internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Proxies
internal import Questions

/// Finds the access logs of the proxies and web servers that run here, also in containers, from their configurations or
/// from the files that they hold open.
struct LocalLogs {
  private let files = ProcessFiles()

  /// The logs, further notes, and what kept logs from being found that may well be there.
  ///
  /// - Parameter owner: the process with its container; nil if it has ended.
  func find(
    owner: (Int32) throws(ProcessError) -> Owner?
  ) -> (logs: [FoundLog], notes: [String], refusals: [LogsStart.Failure]) {
    var logs: [FoundLog] = []
    var notes: [String] = []
    var refusals: [LogsStart.Failure] = []
    let pids: [Int32]
    do throws(SystemError) { pids = try files.allPIDs() } catch {
      let text = "the processes of this host cannot be listed: \(error)"
      return ([], [], [.init(text, isDenied: error.errno.isDenial)])
    }
    if let hidden = files.hidden {
      refusals.append(.init("the access logs of other users' programs are not known: \(hidden)", isDenied: true))
    }
    var unnamed: [ProcessError] = []
    var seen: Set<Spot> = []
    var inputs = PipedInputs(files, pids)
    for pid in pids {
      let name: String
      do throws(ProcessError) { name = try files.stat(of: pid).name } catch {
        // A process that has ended since it was listed writes no logs.
        if error.code != .gone { unnamed.append(error) }
        continue
      }
      guard RelayReaders.mayWriteLogs(name) else { continue }
      let writer: Owner?
      do throws(ProcessError) { writer = try owner(pid) } catch {
        refusals.append(
          .init("the access logs of \(name) (pid \(pid)) are not known: \(error)", isDenied: error.code == .denied))
        continue
      }
      guard let owner = writer, let process = owner.process, let reader = RelayReaders.reader(for: process),
        reader.reads.contains(.logs)
      else { continue }
      // Workers have the configuration and the files of their master.
      guard process.parents?.first.map({ $0.name != process.name }) ?? true else { continue }
      let (found, problems, refusal) = read(process, owner.container, reader, &inputs)
      for log in found {
        // If roots can't be seen, they count as the same, so each path is read once.
        let root = log.container?.id ?? (files.rootDirectory(log.process.pid) ?? "/")
        if seen.insert(Spot(root: root, path: log.path)).inserted { logs.append(log) }
      }
      notes += problems
      if let refusal { refusals.append(refusal) }
    }
    if let first = unnamed.first {
      let text = "the access logs of \(unnamed.count) processes, whose names may not be read, are not known: \(first)"
      refusals.append(.init(text, isDenied: first.code == .denied))
    }
    return (logs, notes, refusals)
  }

  private struct Spot: Hashable {
    let root: String
    let path: String
  }

  /// The logs of one process, what could not be read of it, and why it may well have a log although none was found.
  private func read(
    _ process: Process, _ container: Container?, _ reader: any RelayReader, _ inputs: inout PipedInputs
  ) -> (logs: [FoundLog], problems: [String], refusal: LogsStart.Failure?) {
    // Answers about sockets are not needed here.
    let place = files.networkNamespace(process.pid) ?? Place(namespace: 0)
    do throws(RelayError) {
      let reading = try reader.read(RunningProgram(process, container: container, at: place, files: files))
      let found = try reading.logs().compactMap { log -> FoundLog? in
        let found = FoundLog(
          process: process, container: container, software: log.software, path: log.path,
          file: file(log.path, of: log.access.process ?? process.pid), access: log.access,
          sites: log.isShared ? [] : log.sites, id: log.id,
          format: log.format)
        return log.isGuessed && !hasRequests(found) ? nil : found
      }
      var problems = reading.problems
      // `/dev/stdout`, or a link to it, as in the images of web servers: a pipe whose other end keeps the log.
      var logs = found.filter { !isOutput($0) }
      let sites = found.count == 1 ? found[0].sites : []
      let behind = inputs.files(behind: process.pid)
      let piped = behind.files.map { keeper, path in
        FoundLog(
          process: keeper, container: container, software: reader.software, path: path,
          file: file(path, of: keeper.pid),
          access: .process(keeper.pid), sites: sites, format: found.first?.format)
      }
      logs += piped
      if logs.count < found.count || found.isEmpty {
        let output = output(of: process, container, reader.software)
        if var log = output.log {
          log.sites = found.count == 1 ? found[0].sites : []
          log.format = found.first?.format
          logs.append(log)
        } else if logs.isEmpty, piped.isEmpty, !isKept(reader, container) {
          let name = title(of: process, container, reader.software)
          if let problem = output.problem { return ([], problems, problem) }
          if let problem = behind.problem { return ([], problems, .init("\(name): \(problem)", isDenied: true)) }
          let unread = unreadFiles(of: process.pid)
          let causes = [unread?.description, problems.first].compactMap(\.self)
          if found.isEmpty, !causes.isEmpty {
            let text = "the access logs of \(name) are not known: \(causes.joined(separator: "; "))"
            return ([], problems, .init(text, isDenied: unread?.isDenied ?? false))
          }
          problems.append(unfound(process, container, name, isOutput: !found.isEmpty))
        }
      }
      return (logs, problems, nil)
    } catch {
      let text = "the access logs of \(title(of: process, container, reader.software)) are not known: \(error)"
      return ([], [], .init(text, isDenied: error.code == .denied))
    }
  }

  /// The access logs of one process, and what could not be read of it.
  func logs(
    of process: Process, _ container: Container?, _ reader: any RelayReader
  ) -> (logs: [FoundLog], problems: [String]) {
    // Where processes may not be listed, who reads from its pipes is not known, and no log is claimed for them.
    var inputs = PipedInputs(files, (try? files.allPIDs()) ?? [])
    let reading = read(process, container, reader, &inputs)
    var found = (logs: reading.logs, problems: reading.problems + [reading.refusal].compactMap { $0.map { "\($0)" } })
    // What could not be read may be another log than the usual one.
    if found.logs.isEmpty, found.problems.isEmpty, container == nil, isOnlyOfItsKind(process) {
      found.logs = reader.usualLogs.filter(isFile).map {
        FoundLog(process: process, software: reader.software, path: $0, file: $0, access: .own)
      }
    }
    return found
  }

  /// Whether this is the only program of its name here. Another one might write to the log that syslog stores for that
  /// name.
  private func isOnlyOfItsKind(_ process: Process) -> Bool {
    // Where processes may not be listed it is not known to be the only one.
    let pids = (try? files.allPIDs()) ?? []
    return pids.count { pid in
      guard files.stat(pid)?.name == process.name, let other = files.read(pid) else { return false }
      return other.parents?.first?.name != process.name
    } == 1
  }

  /// Whether the program's log is in the usual file that syslog writes, which is read in any case.
  private func isKept(_ reader: any RelayReader, _ container: Container?) -> Bool {
    container == nil && reader.usualLogs.contains(where: isFile)
  }

  private func isFile(_ path: String) -> Bool {
    // If the file may not be read, reading it reports that.
    (try? StreamFacts(of: path).kind) == .regular
  }

  /// This many bytes at a file's end show whether it is an access log.
  private static let shown = 65_536

  /// Whether a file that a process has open contains requests; true also if it may not be read.
  private func hasRequests(_ log: FoundLog) -> Bool {
    do throws(SystemError) {
      let root = log.access.process.map { RootFolder(ofProcess: $0, processes: files.root) } ?? RootFolder("/")
      let end = try root.end(of: log.path, limit: Self.shown)
      return SiteLog.hasRequests(end.bytes)
    } catch {
      return !error.errno.isAbsence
    }
  }

  /// Why the files that a process holds open, among which its log may be, are not known; nil if they are.
  private func unreadFiles(of pid: Int32) -> LogsStart.Failure? {
    do throws(SystemError) { _ = try files.openFiles(pid) } catch {
      guard !error.errno.isAbsence else { return nil }
      let isDenied = error.errno.isDenial
      let cause = isDenied ? ProcessFiles.rightsToDescriptors.refusal(error.errno) : ": \(error.errno)"
      return .init("the files that it holds open cannot be listed\(cause)", isDenied: isDenied)
    }
    return nil
  }

  private func title(of process: Process, _ container: Container?, _ software: String) -> String {
    "\(software) (pid \(process.pid)\(container.map { ", container \($0.title)" } ?? ""))"
  }

  /// Whether a log is the program's standard output instead of a file.
  static func isOutput(_ path: String) -> Bool { path.hasPrefix("/dev/std") || path.hasPrefix("/proc/self/fd/") }

  private func isOutput(_ log: FoundLog) -> Bool {
    if Self.isOutput(log.path) { return true }
    do throws(SystemError) {
      let kind = try StreamFacts(of: log.file, as: log.access).kind
      return kind == .pipe || kind == .other
    } catch {
      // A link to /dev/stdout leads nowhere from here; other problems are reported when the log is read.
      return log.container != nil && !error.errno.isDenial
    }
  }

  /// Why no log was found for a web server or proxy.
  private func unfound(_ process: Process, _ container: Container?, _ name: String, isOutput: Bool) -> String {
    let what =
      isOutput
      ? "writes its access log to its standard output" : "has no access log in a file that it names or holds open"
    let advice =
      container.map { "\($0.runtime) logs \($0.name ?? $0.id) 2>&1" } ?? "journalctl -o short-iso _PID=\(process.pid)"
    return "\(name) \(what); if it logs to its output or to syslog: \(advice) | headwater logs -"
  }

  /// The path by which this program reaches what process `pid` calls `path`.
  private func file(_ path: String, of pid: Int32) -> String {
    // If that can't be seen, the path through the process's root is right in both cases.
    let isOurs = (try? FileIdentity(of: "/proc/\(pid)/ns/mnt")) == (try? FileIdentity(of: "/proc/self/ns/mnt"))
    return isOurs && files.rootDirectory(pid) == "/" ? path : "/proc/\(pid)/root\(path)"
  }

  /// The log of a container's standard output, which Docker or a kubelet keeps and to which web servers in containers
  /// log by default; or the reason why it can't be read.
  func output(
    of process: Process, _ container: Container?, _ software: String
  ) -> (log: FoundLog?, problem: LogsStart.Failure?) {
    guard let container else { return (nil, nil) }
    var files = ["/var/lib/docker/containers/\(container.id)/\(container.id)-json.log"]
    var problem: SystemError?
    // `POD_NAMESPACE_CONTAINER-ID.log` leads to containerd's or CRI-O's file; there is no folder where no kubelet is.
    do throws(SystemError) {
      let links = try Folder.names(in: "/var/log/containers")
      files += links.filter { $0.hasSuffix("-\(container.id).log") }.map { "/var/log/containers/\($0)" }
    } catch {
      if !error.errno.isAbsence { problem = error }
    }
    for file in files {
      do throws(SystemError) {
        guard try StreamFacts(of: file).kind == .regular else { continue }
        let log = FoundLog(
          process: process, container: container, software: software, path: "/dev/stdout", file: file, access: .own)
        return (log, nil)
      } catch {
        // A file that is not there belongs to another log driver.
        if !error.errno.isAbsence { problem = error }
      }
    }
    let failure = problem.map { error in
      LogsStart.Failure(
        "what \(container.title) writes to its standard output is not known: \(error)", isDenied: error.errno.isDenial)
    }
    return (nil, failure)
  }
}
