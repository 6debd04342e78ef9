internal import Clues
internal import Flows
internal import LinuxSystem

/// The sites that this host's proxies serve.
struct LocalSites {
  private let files = ProcessFiles()

  /// The sites of `process`, with what their logs say of the last `seconds`; nil if it is no proxy that we can read.
  func answer(_ process: Process, seconds: Double) -> SitesAnswer? {
    guard NginxInvocation.isNginx(process) else { return nil }
    guard let invocation = (try? NginxInvocation(of: process.pid, in: files)) ?? nil else {
      return SitesAnswer(
        software: "nginx", notes: ["the configuration of nginx (pid \(process.pid)) is not to be seen"])
    }
    let root = invocation.root(in: files)
    let configuration = NginxConfiguration(invocation, in: root)
    let hosts = NginxProxyManagerHosts.made(configuration) ? NginxProxyManagerHosts(in: root) : nil
    var answer = SitesAnswer(configuration, hosts)
    let now = SystemClock.now()
    answer.addActivity { path, format in
      do throws(SystemError) {
        var length = SiteLog.firstLength
        while true {
          let end = try root.end(of: path, limit: length)
          let log = SiteLog(end.bytes, isCut: end.isCut, format: format, seconds: seconds, now: now)
          if log.isWhole || length >= SiteLog.longestLength { return .success(log) }
          length *= 4
        }
      } catch {
        return .failure(LogProblem(description: "\(error)"))
      }
    }
    return answer
  }
}
