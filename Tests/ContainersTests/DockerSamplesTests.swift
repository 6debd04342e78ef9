import Flows
import LinuxSystem
import Testing

@testable import Containers

enum DockerSamples {
  private static let folder = "../shared/data/docker-java/docker-java/src/test/resources/"
  static let areThere = (try? read("samples/1.22/containers/json/filter1.json")) != nil

  static func read(_ name: String) throws -> [UInt8] { try Descriptor(reading: folder + name).readToEnd() }
}

/// Answers of real engines, as docker-java keeps them (Apache-2.0); not part of this project.
@Suite(.enabled(if: DockerSamples.areThere, "needs ../shared/data/docker-java"))
struct DockerSamplesTests {
  @Test func `a list of API 1.22 is read`() throws {
    let list = try #require(
      DockerContainer.list(parsing: try DockerSamples.read("samples/1.22/containers/json/filter1.json")))
    #expect(list.map(\.names) == [["drunk_golick"]])
    #expect(list.first?.networks.map(\.v4) == [IPAddress("172.17.0.2")])
    #expect(list.first?.networks.first?.mac == "02:42:ac:11:00:02")
    #expect(list.first?.networkMode == "default")
  }

  @Test(arguments: [
    "com/github/dockerjava/api/command/inspectContainerResponse_full.json",
    "com/github/dockerjava/api/command/inspectContainerResponse_full_1_21.json",
    "com/github/dockerjava/api/command/inspectContainerResponse_full_1_26b.json",
    "samples/1.22/containers/container/json/1.json", "samples/1.24/containers/inspect/1.json",
  ]) func `an inspected container is read`(name: String) throws {
    let file = try DockerSamples.read(name)
    // `docker inspect` prints an array of what the API answers.
    let first = try #require(file.firstIndex(of: UInt8(ascii: "{")))
    let last = try #require(file.lastIndex(of: UInt8(ascii: "}")))
    let container = try #require(DockerContainer(parsing: Array(file[first...last])))
    #expect(container.id.utf8.count == 64)
    #expect(container.names.count == 1)
    #expect(container.image != nil)
    #expect(container.state != nil)
  }

  @Test func `every truncated list is refused`() throws {
    let body = try DockerSamples.read("samples/1.22/containers/json/filter1.json")
    let end = try #require(body.lastIndex(of: UInt8(ascii: "]")))
    for count in 0..<end { #expect(DockerContainer.list(parsing: Array(body.prefix(count))) == nil) }
  }
}
