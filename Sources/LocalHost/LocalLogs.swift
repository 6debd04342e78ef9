internal import Clues
internal import Flows
internal import LinuxSystem

/// The access logs of the proxies and web servers that run here, in containers too: by their configuration, or by the files
/// that they hold open.
struct LocalLogs {
  private let files = ProcessFiles()

  /// - Parameter owner: gives a process with its container; nil if it has ended.
  func find(owner: (Int32) throws(ProcessError) -> Owner?) -> (logs: [FoundLog], notes: [String]) {
    var logs: [FoundLog] = []
    var notes: [String] = []
    let pids: [Int32]
    do throws(SystemError) { pids = try files.allPIDs() } catch {
      return ([], ["the processes of this host cannot be listed: \(error)"])
    }
    var seen: Set<Spot> = []
    for pid in pids {
      // One that has ended since it was listed writes no logs any more.
      guard let name = files.stat(pid)?.name, RelayReaders.mayWriteLogs(name) else { continue }
      let writer: Owner?
      do throws(ProcessError) { writer = try owner(pid) } catch {
        notes.append("the access logs of \(name) (pid \(pid)) are not known: \(error)")
        continue
      }
      guard let owner = writer, let process = owner.process, let reader = RelayReaders.reader(for: process),
        reader.reads.contains(.logs)
      else { continue }
      // Workers have the configuration and the files of their master.
      guard process.parents?.first.map({ $0.name != process.name }) ?? true else { continue }
      let (found, problems) = read(process, owner.container, reader)
      for log in found {
        // Two whose roots are not to be seen are taken for one root's: the same path is read once.
        let root = log.container?.id ?? (files.rootDirectory(log.process.pid) ?? "/")
        if seen.insert(Spot(root: root, path: log.path)).inserted { logs.append(log) }
      }
      notes += problems
    }
    return (logs, notes)
  }

  private struct Spot: Hashable {
    let root: String
    let path: String
  }

  /// The logs of one process, and what could not be read of it.
  private func read(
    _ process: Process, _ container: Container?, _ reader: any RelayReader
  ) -> (logs: [FoundLog], problems: [String]) {
    // What a reader says of sockets is not asked for here.
    let place = files.networkNamespace(process.pid) ?? Place(namespace: 0)
    do throws(RelayError) {
      let reading = try reader.read(RunningProgram(process, container: container, at: place, files: files))
      let found = try reading.logs().map { log in
        FoundLog(
          process: process, container: container, software: log.software, path: log.path,
          file: file(log.path, of: log.access.process ?? process.pid), access: log.access, sites: log.sites, id: log.id,
          format: log.format)
      }
      guard found.isEmpty else { return (found, reading.problems) }
      let output = output(of: process, container, reader.software)
      return ([output.log].compactMap(\.self), reading.problems + [output.problem].compactMap(\.self))
    } catch {
      return ([], ["\(error)"])
    }
  }

  /// Where we find what process `pid` calls `path`.
  private func file(_ path: String, of pid: Int32) -> String {
    // Where that is not to be seen, the way through the process's root is right for both.
    let isOurs = (try? FileIdentity(of: "/proc/\(pid)/ns/mnt")) == (try? FileIdentity(of: "/proc/self/ns/mnt"))
    return isOurs && files.rootDirectory(pid) == "/" ? path : "/proc/\(pid)/root\(path)"
  }

  /// What a container writes to its standard output, as Docker keeps it: where web servers in containers log by default.
  private func output(
    of process: Process, _ container: Container?, _ software: String
  ) -> (log: FoundLog?, problem: String?) {
    guard let container, container.runtime == "docker" else { return (nil, nil) }
    let file = "/var/lib/docker/containers/\(container.id)/\(container.id)-json.log"
    do throws(SystemError) {
      guard try StreamFacts(of: file).kind == .regular else { return (nil, nil) }
    } catch {
      let problem = "what \(container.title) writes to its standard output is not known: \(error)"
      return (nil, error.errno.isAbsence ? nil : problem)
    }
    let log = FoundLog(
      process: process, container: container, software: software, path: "/dev/stdout", file: file, access: .own)
    return (log, nil)
  }
}
