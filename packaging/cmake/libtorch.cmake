# Finds LibTorch without nvcc, and says in one line what it found.
#
# UNFOG_LIBTORCH (CMake or environment): a folder of LibTorch: an unpacked official archive (libtorch/), the folder of a
# `torch` package, or the folder that holds one. Empty: Debian's libtorch-dev.
#
# Afterwards there are
#   unfog_libtorch        what programs compile against and link: the processor's part of LibTorch alone
#   unfog_libtorch_cuda   the same and the part for NVIDIA cards; only where this LibTorch has it
#   UNFOG_LIBTORCH_VERSION "2.15.0", UNFOG_LIBTORCH_CUDA "13.2" or ""
# A program never links to the part for cards: that part is loaded when a driver is there (src/pipeline/cuda_library.h),
# so one build starts on machines with and without a card.

set(UNFOG_LIBTORCH "$ENV{UNFOG_LIBTORCH}" CACHE PATH "Folder of LibTorch; empty: the system's")

function(unfog_find_libtorch)
    if(UNFOG_LIBTORCH)
        file(GLOB candidates "${UNFOG_LIBTORCH}" "${UNFOG_LIBTORCH}/libtorch" "${UNFOG_LIBTORCH}/torch"
            "${UNFOG_LIBTORCH}/lib/python3*/site-packages/torch")
        set(root "")
        foreach(candidate IN LISTS candidates)
            if(EXISTS "${candidate}/include/ATen/ATen.h" AND EXISTS "${candidate}/lib/libtorch_cpu.so")
                set(root "${candidate}")
                break()
            endif()
        endforeach()
        if(NOT root)
            message(FATAL_ERROR "UNFOG_LIBTORCH is ${UNFOG_LIBTORCH}: expected a folder with include/ATen/ATen.h and "
                "lib/libtorch_cpu.so (an unpacked LibTorch archive or torch package), found neither there, in libtorch/ nor in torch/.")
        endif()
        file(REAL_PATH "${root}" root)
        set(include "${root}/include")
        set(library "${root}/lib")
        set(kind "folder ${root}")
    else()
        find_path(UNFOG_SYSTEM_TORCH_INCLUDE ATen/ATen.h)
        find_library(UNFOG_SYSTEM_TORCH_LIBRARY torch_cpu)
        mark_as_advanced(UNFOG_SYSTEM_TORCH_INCLUDE UNFOG_SYSTEM_TORCH_LIBRARY)
        if(NOT UNFOG_SYSTEM_TORCH_INCLUDE OR NOT UNFOG_SYSTEM_TORCH_LIBRARY)
            message(FATAL_ERROR "LibTorch was not found: install libtorch-dev, or set UNFOG_LIBTORCH to a folder of LibTorch.")
        endif()
        set(include "${UNFOG_SYSTEM_TORCH_INCLUDE}")
        get_filename_component(library "${UNFOG_SYSTEM_TORCH_LIBRARY}" DIRECTORY)
        set(kind "system")
    endif()

    set(version "")
    foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
        if(EXISTS "${include}/${header}" AND NOT version)
            file(STRINGS "${include}/${header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
            string(REGEX REPLACE "[^0-9]+" "." version "${lines}")
            string(REGEX REPLACE "^\\.|\\.$" "" version "${version}")
        endif()
    endforeach()
    if(version VERSION_LESS 1.13)
        message(FATAL_ERROR "LibTorch ${version} (${kind}) is too old; expected 1.13 or newer.")
    endif()
    foreach(config "${library}/cmake/Torch/TorchConfig.cmake" "${library}/../share/cmake/Torch/TorchConfig.cmake")
        if(EXISTS "${config}")
            file(STRINGS "${config}" old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
            if(old_abi)
                message(FATAL_ERROR "LibTorch ${version} (${kind}) was built with the old ABI of std::string, with which Qt "
                    "and OpenCV can't be linked; expected an archive named cxx11-abi, or a torch package of 2.7 or newer.")
            endif()
        endif()
    endforeach()

    # The CUDA libraries that a torch package needs are packages beside it.
    file(GLOB nvidia_libraries LIST_DIRECTORIES true "${library}/../../nvidia/*/lib")
    set(folders "${library}")
    foreach(folder IN LISTS nvidia_libraries)
        file(REAL_PATH "${folder}" folder)
        list(APPEND folders "${folder}")
    endforeach()

    # By name, not as imported targets: CMake would put the system's folders before those of the packages, where an older
    # libgomp or NCCL may lie.
    add_library(unfog_libtorch INTERFACE)
    target_include_directories(unfog_libtorch SYSTEM INTERFACE "${include}/torch/csrc/api/include" "${include}")
    target_link_options(unfog_libtorch INTERFACE "-L${library}")
    if(NOT kind STREQUAL "system")
        foreach(folder IN LISTS folders)
            target_link_options(unfog_libtorch INTERFACE "-Wl,-rpath,${folder}" "-Wl,-rpath-link,${folder}")
        endforeach()
    endif()
    # What registers the operators must be loaded, also where no symbol of it is named.
    target_link_libraries(unfog_libtorch INTERFACE
        -Wl,--push-state,--no-as-needed -ltorch_cpu -lc10 -Wl,--pop-state)

    set(cuda "")
    set(part "no part for cards")
    if(EXISTS "${library}/libtorch_cuda.so")
        if(EXISTS "${library}/../version.py")
            file(STRINGS "${library}/../version.py" line REGEX "^cuda")
            string(REGEX MATCH "[0-9]+\\.[0-9]+" cuda "${line}")
        endif()
        file(GLOB runtime "${library}/libcudart*.so*" "${library}/../../nvidia/*/lib/libcudart.so.*")
        file(GLOB headers "${library}/../../nvidia/*/include")
        find_path(UNFOG_CUDA_INCLUDE cuda_runtime_api.h HINTS ${headers} PATHS /usr/local/cuda/include)
        find_path(UNFOG_CUSPARSE_INCLUDE cusparse.h HINTS ${headers} PATHS /usr/local/cuda/include)
        mark_as_advanced(UNFOG_CUDA_INCLUDE UNFOG_CUSPARSE_INCLUDE)
        if(NOT cuda AND runtime)
            list(GET runtime 0 first)
            string(REGEX MATCH "[0-9]+(\\.[0-9]+)?" cuda "${first}")
        endif()
        if(runtime AND UNFOG_CUDA_INCLUDE AND UNFOG_CUSPARSE_INCLUDE)
            list(GET runtime 0 runtime)
            add_library(unfog_libtorch_cuda INTERFACE)
            target_include_directories(unfog_libtorch_cuda SYSTEM INTERFACE "${UNFOG_CUDA_INCLUDE}" ${headers})
            target_link_libraries(unfog_libtorch_cuda INTERFACE unfog_libtorch
                -Wl,--push-state,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--pop-state)
            # Its name ends in a version: -lcudart would not find it.
            get_filename_component(runtime_folder "${runtime}" DIRECTORY)
            get_filename_component(runtime_name "${runtime}" NAME)
            target_link_options(unfog_libtorch_cuda INTERFACE "-L${runtime_folder}")
            target_link_libraries(unfog_libtorch_cuda INTERFACE "-l:${runtime_name}")
            set(part "with CUDA ${cuda}")
        else()
            message(WARNING "This LibTorch has a part for NVIDIA cards, but the headers cuda_runtime_api.h and cusparse.h or "
                "libcudart were not found: the processor alone is used. A torch package has them beside it; for an archive, "
                "install a CUDA toolkit of its version.")
            set(cuda "")
        endif()
    endif()
    message(STATUS "LibTorch ${version}, ${part} (${kind})")
    set(UNFOG_LIBTORCH_FOUND "${version};${cuda}" CACHE INTERNAL "")
    set(UNFOG_LIBTORCH_VERSION "${version}" PARENT_SCOPE)
    set(UNFOG_LIBTORCH_CUDA "${cuda}" PARENT_SCOPE)
endfunction()

unfog_find_libtorch()
