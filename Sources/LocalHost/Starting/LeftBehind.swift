internal import Flows
internal import LinuxSystem

/// Why a process runs whose own starter has ended: `nohup`, `setsid` or `&` let it outlive that, and the host's first process has
/// adopted it. What it was given at its start still tells of it.
enum LeftBehind {
  private static let crons = ["cron.service", "crond.service", "cronie.service", "anacron.service", "fcron.service"]
  private static let shells = ["sshd.service", "ssh.service"]

  /// Nil where nothing tells.
  ///
  /// - Parameter line: who started it, from the nearest up: the last one was adopted.
  static func reason(_ line: [Process], _ owner: Owner, _ files: ProcessFiles) -> StartReason? {
    guard let last = line.last else { return nil }
    if let unit = owner.unit, crons.contains(unit) {
      let place = job(line).map { "\($0.file):\($0.line)" }
      return StartReason(
        text: "by a job of \(unit) that has ended\(place.map { ", \($0)" } ?? "")", configuration: place)
    }
    if owner.unit == "atd.service" { return StartReason(text: "by an at job that has ended") }
    // What may not be read tells nothing.
    let client = (try? files.environment(of: last.pid))?["SSH_CONNECTION"].flatMap { value in
      value.split(separator: " ").first.flatMap { IPAddress(String($0)) }
    }
    let isOfShell = owner.unit.map { shells.contains($0) } ?? false
    // What a unit of the user's own manager keeps is no leftover, though that manager has a session's environment.
    let isOfUnit = owner.unit.map { $0.hasSuffix(".service") } ?? false
    if isOfShell || client != nil && !isOfUnit {
      let user = last.user.map { " of \($0)" } ?? ""
      return StartReason(
        text: "on its own, left behind by an SSH session\(user)\(client.map { " from \($0)" } ?? "")")
    }
    if owner.unit == nil, let job = job(line) {
      // Nothing but the names says so.
      return StartReason(text: "on its own, perhaps left behind by cron: \(job.file):\(job.line) names it")
    }
    return nil
  }

  /// The only job of a crontab that names one of them, or a script that they run.
  private static func job(_ line: [Process]) -> CronJob? {
    let found = CronJobs.jobs(in: .own)
    guard found.unread == nil else { return nil }
    // The program, and the script behind an interpreter's options; arguments are words of any command.
    let scripts = line.flatMap { process -> [String] in
      let words = process.command ?? []
      let script = words.dropFirst().prefix(3).first { !$0.hasPrefix("-") }.flatMap { word in
        word.contains("/") || word.contains(".") ? word : nil
      }
      return [words.first, script].compactMap(\.self).compactMap { word in
        word.split(separator: "/").last.map { String($0.prefix(15)) }
      }.filter { $0.contains(where: \.isLetter) }
    }
    // Not what they start again and again: another job may name that.
    let names = line.map(\.name) + scripts
    return Crontab.job(naming: names, among: found.jobs)
  }
}
