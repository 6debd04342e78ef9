public import Programs

/// A question that a Docker or Podman engine did not answer. `denied`: root or the group `docker` is needed. `unsupported`:
/// `DOCKER_HOST` names something that is neither `unix://` nor `tcp://`, or the API versions have nothing in common.
public typealias DockerError = ProgramError<HTTPRefusal>
