import LinuxSystem
import Testing

@testable import Containers

@Suite struct ContainerCgroupTests {
  static let id = String(repeating: "0123456789abcdef", count: 4)
  static let other = String(repeating: "fedcba9876543210", count: 4)
  static let uid = "0f2ab5a5-3d5c-4a1e-9c0b-1b2c3d4e5f60"
  static let escapedUID = "0f2ab5a5_3d5c_4a1e_9c0b_1b2c3d4e5f60"

  /// The path, then the runtime, id and pod that are expected.
  static let forms: [(String, ContainerCgroup)] = [
    ("/docker/\(id)", .init(runtime: "docker", id: id)),
    ("/system.slice/docker-\(id).scope", .init(runtime: "docker", id: id)),
    ("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-\(id).scope", .init(runtime: "docker", id: id)),
    ("/kubepods/burstable/pod\(uid)/\(id)", .init(runtime: "kubernetes", id: id, pod: uid)),
    (
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(escapedUID).slice/cri-containerd-\(id).scope",
      .init(runtime: "containerd", id: id, pod: uid)
    ),
    (
      "/kubepods.slice/kubepods-pod\(escapedUID).slice/crio-\(id).scope", .init(runtime: "cri-o", id: id, pod: uid)
    ),
    (
      "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(escapedUID).slice/docker-\(id).scope",
      .init(runtime: "docker", id: id, pod: uid)
    ),
    (
      "/system.slice/containerd.service/kubepods-besteffort-pod\(escapedUID).slice:cri-containerd:\(id)",
      .init(runtime: "containerd", id: id, pod: uid)
    ),
    ("/machine.slice/libpod-\(id).scope", .init(runtime: "podman", id: id)),
    ("/machine.slice/libpod-\(id).scope/container", .init(runtime: "podman", id: id)),
    ("/user.slice/libpod-payload-\(id)", .init(runtime: "podman", id: id)),
    ("/libpod_parent/libpod-\(id)", .init(runtime: "podman", id: id)),
    ("/lxc/web", .init(runtime: "lxc", id: "web")),
    ("/lxc.payload.web/system.slice/nginx.service", .init(runtime: "lxc", id: "web")),
    ("/k8s.io/\(id)", .init(runtime: "containerd", id: id)),
    ("/machine.slice/systemd-nspawn@web\\x2d1.service/payload", .init(runtime: "systemd-nspawn", id: "web-1")),
    ("/machine.slice/machine-web.scope", .init(runtime: "systemd-nspawn", id: "web")),
    ("/ecs/task/\(id)", .init(runtime: "docker", id: id)),
    ("/my-parent/\(id)", .init(runtime: "unknown", id: id)),
    ("/../../docker/\(id)", .init(runtime: "docker", id: id)),
  ]

  @Test(arguments: forms) func `every form of path gives runtime, id and pod`(path: String, expected: ContainerCgroup) {
    #expect(ContainerCgroup.all(in: path) == [expected])
  }

  @Test(arguments: [
    "/", "",
    "/system.slice/docker.service", "/system.slice/docker-.scope", "/system.slice/docker-volume-plugin.scope",
    "/machine.slice/libpod-conmon-\(id).scope", "/system.slice/crio-conmon-\(id).scope", "/lxc.monitor.web", "/lxc",
    "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "/docker/short", "/\(id)", "//docker//", "/docker/\(id)g",
    "/user.slice/user-1000.slice/session-3.scope",
  ]) func `a path without a container gives none`(path: String) {
    #expect(ContainerCgroup.all(in: path) == [])
  }

  @Test func `containers in containers are listed from the outermost to the innermost`() {
    let inner = ContainerCgroup.all(in: "/docker/\(Self.id)/docker/\(Self.other)")
    #expect(inner.map(\.id) == [Self.id, Self.other])
    let kind = ContainerCgroup.all(in: "/docker/\(Self.id)/kubelet/kubepods/pod\(Self.uid)/\(Self.other)")
    #expect(kind.map(\.runtime) == ["docker", "kubernetes"])
    #expect(kind.map(\.pod) == [nil, Self.uid])
  }

  @Test func `the hierarchy that tells most is believed`() {
    let paths = [
      CgroupPath(hierarchy: 0, controllers: [], path: "/"),
      CgroupPath(hierarchy: 4, controllers: ["memory"], path: "/docker/\(Self.id)"),
    ]
    #expect(ContainerCgroup.all(in: paths).map(\.id) == [Self.id])
  }

  @Test(arguments: [
    ("/system.slice/nginx.service", "nginx.service"),
    ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
    ("/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", "foo.service"),
    ("/user.slice/user-1000.slice/user@1000.service", "user@1000.service"),
    ("/system.slice/docker-\(id).scope", nil), ("/machine.slice/machine-web.scope", nil),
    ("/system.slice/docker-\(id).scope/system.slice/ssh.service", "ssh.service"), ("/", nil),
    ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
  ]) func `the innermost unit that is no container is the unit`(path: String, unit: String?) {
    #expect(SystemdUnit.innermost(in: path) == unit)
  }
}
