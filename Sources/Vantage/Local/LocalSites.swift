internal import Clues
internal import Flows
internal import LinuxSystem

/// The sites that this host's proxies serve.
struct LocalSites {
  private let files = ProcessFiles()

  /// The sites of `process`, with what their logs say of the last `seconds`; nil if it is no proxy that we can read.
  func answer(_ process: Process, seconds: Double) -> SitesAnswer? {
    guard NginxInvocation.isNginx(process) else { return nil }
    guard let configuration = NginxConfiguration(of: process.pid, in: files) else {
      return SitesAnswer(
        software: "nginx", notes: ["the configuration of nginx (pid \(process.pid)) is not to be seen"])
    }
    let root = RootFolder(ofProcess: process.pid, processes: files.root)
    let hosts = NginxProxyManagerHosts.made(configuration) ? NginxProxyManagerHosts(in: root) : nil
    var answer = SitesAnswer(configuration, hosts)
    let now = SystemClock.now()
    answer.addActivity { path, format in
      do throws(SystemError) {
        let end = try root.end(of: path, limit: SiteLog.tailLimit)
        return .success(SiteLog(end.bytes, isCut: end.isCut, format: format, seconds: seconds, now: now))
      } catch {
        return .failure(LogProblem(description: "\(error)"))
      }
    }
    return answer
  }
}
