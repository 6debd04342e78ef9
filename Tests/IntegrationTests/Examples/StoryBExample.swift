import Foundation
import Lab

/// The second story's bundle: what there is to collect on the origin and on the polling host.
enum StoryBExample {
  static let requirements: [Requirement] = StoryB.requirements + ["conntrack", "lsof"].map { .program($0) }

  /// Lets the story happen for a while and collects its evidence into `folder`.
  static func make(in folder: EvidenceFolder, seconds: Int = 60) throws {
    let story = try StoryB()
    defer { story.stop() }
    try waitUntil("\(seconds) requests of the poller", timeout: .seconds(seconds * 2 + 20), every: 200_000) {
      try story.proxy.log(of: 10).filter { $0.contains("autospy") }.count >= seconds
    }
    try collectOrigin(story, folder.folder(of: story.origin))
    try collectPolling(story, folder.folder(of: story.polling))
  }

  private static func collectOrigin(_ story: StoryB, _ folder: EvidenceFolder) throws {
    let host = story.origin
    try folder.save("conntrack.txt", "conntrack -L 2>&1", on: host)
    try folder.save("ss.txt", "ss -tunap", on: host)
    try folder.save("docker-inspect.json", "docker inspect $(docker ps -q)", on: host)
    try folder.save("docker-network-inspect.json", "docker network inspect bridge proxy", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
    try folder.save("ip-route.txt", "ip route", on: host)
    try folder.save(
      session: "in-the-container.txt", ["nsenter -t \(story.proxy.container.pid()) -n ss -tunap"], on: host)
    let inside = EvidenceFolder(path: "\(folder.path)/containers/npm/files")
    let configuration = try story.proxy.container.output(of: [
      "find", "/etc/nginx", "/data/nginx", "-name", "*.conf",
    ])
    for file in configuration.split(separator: "\n").sorted() {
      try inside.save(String(file.dropFirst()), "cat \(file)", on: story.proxy.container)
    }
    let logs = try story.proxy.container.output(of: ["find", "/data/logs", "-name", "*_access.log", "-size", "+0"])
    for file in logs.split(separator: "\n").sorted() {
      try inside.save(String(file.dropFirst()), "cat \(file)", on: story.proxy.container)
    }
  }

  private static func collectPolling(_ story: StoryB, _ folder: EvidenceFolder) throws {
    let host = story.polling
    try folder.save("conntrack.txt", "conntrack -L 2>&1", on: host)
    try folder.save("docker-inspect.json", "docker inspect $(docker ps -q)", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
    try folder.save("ip-route.txt", "ip route", on: host)
  }
}
